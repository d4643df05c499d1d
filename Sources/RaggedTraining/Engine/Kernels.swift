import CRaggedKernels

/// The kernels that this processor can run, slowest first: some of `baseline`, `avx2`, `avx512`.
public let availableKernels: [String] = ["baseline", "avx2", "avx512"].filter { rk_kernels_named($0) != nil }

/// Floating-point operations a second of a loop of independent fused multiply-adds, on one thread: the most that the
/// kernels could reach. The count is what `repeats` rounds did.
/// - Returns: nil for kernels that the processor cannot run.
public func peakOperations(kernels: String, repeats: Int) -> Double? {
  rk_kernels_named(kernels)?.pointee.peak(repeats)
}
