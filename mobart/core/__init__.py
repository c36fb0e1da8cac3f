"""Values, errors, the transition table, messages and ports; imports nothing else of Mobart."""
