"""Accounts 账号: the people who sign in, what each may do, and who stands in for whom."""
