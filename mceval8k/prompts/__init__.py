"""How items become prompts: prompt packs, demonstrations and answer symbols."""
