"""The client for asyncio. The other one is made from it by `studyspot.client._generate`."""
