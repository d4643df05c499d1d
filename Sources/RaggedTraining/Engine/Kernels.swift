import CRaggedKernels

/// The kernels that this processor can run, slowest first: some of `baseline`, `avx2`, `avx512`.
public let availableKernels: [String] = ["baseline", "avx2", "avx512"].filter { rk_kernels_named($0) != nil }

/// Floating-point operations a second of a loop of independent fused multiply-adds, on one thread: the most that the
/// kernels could reach. The count is what `repeats` rounds did.
/// - Returns: nil for kernels that the processor cannot run.
public func peakOperations(kernels: String, repeats: Int) -> Double? {
  rk_kernels_named(kernels)?.pointee.peak(repeats)
}

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
