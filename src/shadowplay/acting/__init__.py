"""Who stands where and does what: relations, deeds, things in hands, and the stage."""
