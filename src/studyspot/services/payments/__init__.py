"""Who owes what and who paid what: a ledger in double entry, dues, expenses, the cash drawer, the end of the
day.
"""
