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
  /// What a test finds in memory that nobody has written, and around all that is allocated; nil in use.
  private let filling: UInt32?
  private var guards: [UnsafeMutableRawPointer] = []
  /// Whether nothing was ever written beside what was allocated. Known where there is a filling.
  private(set) var hasIntactGuards = true

  init(filling: UInt32? = nil) { self.filling = filling }

  deinit {
    for chunk in chunks { chunk.base.deallocate() }
  }

  /// Bytes that the arena holds.
  var byteCount: Int { chunks.reduce(0) { $0 + $1.byteCount } }

  /// Forgets what was allocated; the memory is kept, in one piece.
  func reset() {
    if filling != nil { checkGuards() }
    if chunks.count > 1 {
      let total = byteCount
      for chunk in chunks { chunk.base.deallocate() }
      chunks = [Chunk(byteCount: total)]
    }
    chunk = 0
    used = 0
  }

  /// `count` floats with any contents, at the start of a cache line.
  func floats(_ count: Int) -> UnsafeMutablePointer<Float> {
    let bytes = (max(count, 1) * MemoryLayout<Float>.stride + 63) / 64 * 64
    guard filling == nil else { return guarded(bytes) }
    return take(bytes)
  }

  private func take(_ bytes: Int) -> UnsafeMutablePointer<Float> {
    while chunk < chunks.count, used + bytes > chunks[chunk].byteCount {
      chunk += 1
      used = 0
    }
    if chunk == chunks.count { chunks.append(Chunk(byteCount: max(bytes, 1 << 18))) }
    defer { used += bytes }
    return (chunks[chunk].base + used).bindMemory(to: Float.self, capacity: bytes / MemoryLayout<Float>.stride)
  }

  /// Memory full of the filling, with a cache line of it on either side.
  private func guarded(_ bytes: Int) -> UnsafeMutablePointer<Float> {
    let memory = UnsafeMutableRawPointer(take(bytes + 128))
    memory.initializeMemory(as: UInt32.self, repeating: filling ?? 0, count: (bytes + 128) / 4)
    guards += [memory, memory + bytes + 64]
    return (memory + 64).bindMemory(to: Float.self, capacity: bytes / MemoryLayout<Float>.stride)
  }

  private func checkGuards() {
    for guardLine in guards {
      for offset in stride(from: 0, to: 64, by: 4)
      where guardLine.load(fromByteOffset: offset, as: UInt32.self) != filling { hasIntactGuards = false }
    }
    guards.removeAll(keepingCapacity: true)
  }

  /// A plane with any contents.
  func plane(rows: Int, width: Int) -> Plane {
    let stride = ((width + 15) / 16 | 1) * 16
    return Plane(base: floats(stride * rows), stride: stride, rows: rows, width: width)
  }

  /// `count` integers with any contents.
  func integers(_ count: Int) -> UnsafeMutablePointer<Int32> {
    UnsafeMutableRawPointer(floats(count)).bindMemory(to: Int32.self, capacity: max(count, 1))
  }
}
