"""Proof that nothing recorded was changed."""
