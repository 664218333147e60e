"""What would happen: simulation, Erlang's formulas, how many agents it takes."""
