/// A matrix with a row for each timestep of a block, in the block's order, or for each sequence: `[rows][stride]`.
///
/// A row takes an odd number of cache lines, so that the same column of successive rows does not fall into the same cache
/// set. The kernels read and write whole vectors, so what lies behind a row's numbers may be anything.
struct Plane {
  var base: UnsafeMutablePointer<Float>
  /// Floats from one row to the next.
  var stride: Int
  var rows: Int
  var width: Int

  /// Some columns of the same rows.
  func columns(from first: Int, count: Int) -> Plane {
    Plane(base: base + first, stride: stride, rows: rows, width: count)
  }

  /// Where a row begins.
  func row(_ m: Int) -> UnsafeMutablePointer<Float> { base + m * stride }

  func clear() { base.update(repeating: 0, count: stride * rows) }
}

/// Memory for one block at a time, reused from block to block: nothing is freed until the arena is.
///
/// `@unchecked Sendable`: an arena belongs to one worker, and a worker is used by one thread at a time.
final class Arena: @unchecked Sendable {
  private struct Chunk {
    var base: UnsafeMutableRawPointer
    var byteCount: Int

    init(byteCount: Int) {
      base = .allocate(byteCount: byteCount, alignment: 64)
      self.byteCount = byteCount
    }
  }

  private var chunks: [Chunk] = []
  private var chunk = 0
  private var used = 0

  deinit {
    for chunk in chunks { chunk.base.deallocate() }
  }

  /// Bytes that the arena holds.
  var byteCount: Int { chunks.reduce(0) { $0 + $1.byteCount } }

  /// Forgets what was allocated; the memory is kept, in one piece.
  func reset() {
    if chunks.count > 1 {
      let total = byteCount
      for chunk in chunks { chunk.base.deallocate() }
      chunks = [Chunk(byteCount: total)]
    }
    chunk = 0
    used = 0
  }

  /// So many floats, with any contents, at the start of a cache line.
  func floats(_ count: Int) -> UnsafeMutablePointer<Float> {
    let bytes = (max(count, 1) * MemoryLayout<Float>.stride + 63) / 64 * 64
    while chunk < chunks.count, used + bytes > chunks[chunk].byteCount {
      chunk += 1
      used = 0
    }
    if chunk == chunks.count { chunks.append(Chunk(byteCount: max(bytes, 1 << 18))) }
    defer { used += bytes }
    return (chunks[chunk].base + used).bindMemory(to: Float.self, capacity: bytes / MemoryLayout<Float>.stride)
  }

  /// A plane with any contents.
  func plane(rows: Int, width: Int) -> Plane {
    let stride = ((width + 15) / 16 | 1) * 16
    return Plane(base: floats(stride * rows), stride: stride, rows: rows, width: width)
  }

  /// So many integers, with any contents.
  func integers(_ count: Int) -> UnsafeMutablePointer<Int32> {
    UnsafeMutableRawPointer(floats(count)).bindMemory(to: Int32.self, capacity: max(count, 1))
  }
}
