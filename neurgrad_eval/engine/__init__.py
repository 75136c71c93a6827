"""The engine: interventions, prefix cache, packed copies, gradients, sweeps and joint shifts."""
