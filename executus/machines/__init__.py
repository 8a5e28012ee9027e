"""One sub-machine a file: `on_<fact>(run, event) -> Run` lets a fact land, a decider asks for what is due."""
