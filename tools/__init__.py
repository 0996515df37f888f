"""What is known about the packages that the lock files name: their licences, and advisories about them.

Of use in a checkout only, like :mod:`bench`; the product does not import it.
"""
