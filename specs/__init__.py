"""What must be true, as data: tables for the rules, random worlds for their composition. Imports executus only."""
