"""From symptoms to likely causes: facts are gathered (reading only), rules are pure, findings name the next command."""
