"""Words for people, in Chinese and English, that several interfaces share."""
