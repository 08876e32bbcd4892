"""The branches of a business: where they are, when they open, how many they seat."""
