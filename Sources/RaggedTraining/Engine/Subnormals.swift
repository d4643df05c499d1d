import CRaggedKernels

/// Calls `body` while subnormal numbers (below 2^-126 ≈ 1.2e-38) are 0 on this thread, and brings back how the thread treated
/// them before.
///
/// States and gradients that decay over hundreds of timesteps end there, where processors are many times slower and where
/// nothing is left that a weight could learn from. PyTorch has this as `set_flush_denormal`; TensorFlow always does it.
func withSubnormalsFlushed<Result>(_ body: () throws -> Result) rethrows -> Result {
  let mode = rk_flush_subnormals()
  defer { rk_restore(mode) }
  return try body()
}
