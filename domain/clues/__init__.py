"""Clues 线索: findings that are tracked and pushed. Their life, their events, and what they are about."""
