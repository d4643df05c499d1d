/// A block's activations of one layer: `[steps][rows][lanes]`, one timestep after the other.
///
/// A timestep takes an odd number of cache lines, so that the same row of successive timesteps does not fall into the
/// same cache set.
struct Plane {
  var base: UnsafeMutablePointer<Float>
  /// Floats from one timestep to the next.
  var stride: Int
  var rows: Int
  var steps: Int
  var lanes: Int

  /// The rows from `first` on, of the same timesteps.
  func rows(from first: Int, count: Int) -> Plane {
    Plane(base: base + first * lanes, stride: stride, rows: count, steps: steps, lanes: lanes)
  }

  /// Where a timestep begins.
  func step(_ t: Int) -> UnsafeMutablePointer<Float> { base + t * stride }

  func clear() { base.update(repeating: 0, count: stride * steps) }
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

  /// Lanes of the planes that are allocated.
  private var lanes = 0

  /// Forgets what was allocated; the memory is kept, in one piece.
  func reset(lanes: Int) {
    self.lanes = lanes
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
    if chunk == chunks.count { chunks.append(Chunk(byteCount: max(bytes, 1 << 20))) }
    defer { used += bytes }
    return (chunks[chunk].base + used).bindMemory(to: Float.self, capacity: bytes / MemoryLayout<Float>.stride)
  }

  /// A plane with any contents.
  func plane(steps: Int, rows: Int) -> Plane {
    let stride = (rows | 1) * lanes
    return Plane(base: floats(stride * steps), stride: stride, rows: rows, steps: steps, lanes: lanes)
  }

  /// One timestep's rows, zeroed.
  func zeros(rows: Int) -> UnsafeMutablePointer<Float> {
    let start = floats(rows * lanes)
    start.update(repeating: 0, count: rows * lanes)
    return start
  }
}
