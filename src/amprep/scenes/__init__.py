"""Pictures of a job that need its parts: plate, overhangs; and the energy of its parameter sets."""
