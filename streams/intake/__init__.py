"""From a message to a prepared fact: checked, pseudonymised, or refused with a reason and kept in quarantine."""
