"""Client of the engine, and the answerer that stands in while the engine is away."""
