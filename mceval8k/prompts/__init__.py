"""How items are asked: prompt packs, demonstrations and answer symbols."""
