import CRaggedKernels
import RaggedCore
import Testing

@testable import RaggedTraining

/// A block's rows out of a batch: every number at its place, and nothing written beside the target.
@Suite struct GatherKernelTests {
  @Test(arguments: availableKernels)
  func everyTimestepIsAtItsPlace(_ name: String) throws {
    let kernels = try KernelTests.kernels(name)
    var random = SeededRandom(seed: 6)
    for width in [1, 2, 3, 5, 7, 8, 9, 16, 17, 40] {
      for lengths in [[1], [3, 3, 2], [40, 17, 17, 5, 1], [700, 699, 2]] {
        for stride in [width, KernelTests.rounded(width), KernelTests.rounded(width) + 16] {
          // The block's sequences lie in the batch in another order, among others.
          let rows = Array(lengths.indices.reversed()).map { 2 * $0 + 1 }
          var batchLengths = [Int](repeating: 2, count: 2 * lengths.count)
          for (sequence, row) in rows.enumerated() { batchLengths[row] = lengths[sequence] }
          let offsets = batchLengths.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1) }
          let items = offsets[offsets.count - 1]
          let source = MarkedBuffer(KernelTests.numbers(items * width, &random))
          let block = Block(rows: rows, lengths: lengths)
          let target = MarkedBuffer(block.timesteps * stride)
          var call = rk_gather()
          (call.sequences, call.width, call.items, call.stride) = (lengths.count, width, items, stride)
          (call.source, call.target) = (UnsafeRawPointer(source.numbers), UnsafeMutableRawPointer(target.numbers))
          rows.withUnsafeBufferPointer { rows in
            lengths.withUnsafeBufferPointer { lengths in
              offsets.withUnsafeBufferPointer { offsets in
                block.starts.withUnsafeBufferPointer { starts in
                  (call.rows, call.lengths, call.offsets) = (rows.baseAddress, lengths.baseAddress, offsets.baseAddress)
                  call.starts = starts.baseAddress
                  kernels.gather(&call)
                }
              }
            }
          }
          #expect(target.isIntact)
          let isRight = lengths.indices.allSatisfy { s in
            (0..<lengths[s]).allSatisfy { t in
              let (from, to) = ((offsets[rows[s]] + t) * width, block.row(s, t) * stride)
              return (0..<width).allSatisfy { source.numbers[from + $0] == target.numbers[to + $0] }
            }
          }
          #expect(isRight, "\(width) numbers, lengths \(lengths), stride \(stride)")
        }
      }
    }
  }
}
