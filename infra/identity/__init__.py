"""Who is who: keys, the identity vault, and the tokens of those who sign in."""
