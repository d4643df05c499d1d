/// Memory that is used again for one page after another. A class, since it owns the memory.
///
/// Behind the last byte of ``bytes`` lie ``slack`` more that may be read (not trusted), so that decoders can load whole
/// words at the end of a page.
final class PageBytes {
  static let slack = 16

  private var memory = UnsafeMutableRawPointer.allocate(byteCount: slack, alignment: 16)
  private var capacity = 0
  private(set) var count = 0

  deinit { memory.deallocate() }

  /// The bytes, until the next ``resize(_:)``.
  var bytes: UnsafeMutableRawBufferPointer { UnsafeMutableRawBufferPointer(start: memory, count: count) }

  /// Room for so many bytes; what was there is lost.
  @discardableResult
  func resize(_ count: Int) -> UnsafeMutableRawBufferPointer {
    if count > capacity {
      memory.deallocate()
      capacity = Swift.max(count, Swift.min(capacity * 2, 1 << 24))
      memory = .allocate(byteCount: capacity + Self.slack, alignment: 16)
    }
    self.count = count
    (memory + count).initializeMemory(as: UInt8.self, repeating: 0, count: Self.slack)
    return bytes
  }
}
