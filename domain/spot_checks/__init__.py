"""Spot checks 双随机抽查: a draw of subjects and inspectors that anybody can compute again."""
