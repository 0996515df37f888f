"""A witness: countersigns what logs say of themselves, each state only as the next of the one before.

Run by somebody other than the log's operator (C2SP tlog-witness). It keeps one checkpoint a log.
"""
