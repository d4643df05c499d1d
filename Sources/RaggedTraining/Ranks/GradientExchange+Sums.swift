/// Numbers of which every rank has a part.
struct CarriedSegment {
  /// What is known of the whole so far; at the end the whole.
  var bytes: UnsafeMutableRawBufferPointer
  /// Adds this rank's part to a range of the bytes, which hold what the ranks before have; with `isFirst` they hold nothing.
  /// A range begins and ends at a multiple of ``pieceSize`` or at the end.
  var add: (_ range: Range<Int>, _ isFirst: Bool) -> Void

  /// Bytes that go at once: while a rank adds to some, the next adds to those before them.
  static let pieceSize = 1 << 18

  fileprivate var pieces: [Range<Int>] {
    stride(from: 0, to: bytes.count, by: Self.pieceSize).map { $0..<min($0 + Self.pieceSize, bytes.count) }
  }

  fileprivate subscript(piece: Range<Int>) -> UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(rebasing: bytes[piece])
  }
}

extension GradientExchange {
  /// Sums on from rank to rank: the first begins, each adds its part to what it is given, and the last one's whole goes to
  /// all. So numbers are added in one order, that of the ranks, which is the order of one machine where each rank has the
  /// next part of a row.
  ///
  /// Every rank sends and receives about twice the bytes in all, as in a ring's all-reduce, whatever their number.
  /// - Parameter owners: the number of ranks that have a part: the first ones; at least 1.
  func carry(_ segments: [CarriedSegment], owners: Int) throws {
    if rank < owners {
      for segment in segments {
        for piece in segment.pieces {
          if rank > 0 { try receive(into: segment[piece], from: rank - 1) }
          segment.add(piece, rank == 0)
          if rank + 1 < owners { try send(UnsafeRawBufferPointer(segment[piece]), to: rank + 1) }
        }
      }
    }
    guard worldSize > 1 else { return }
    let isLong = segments.reduce(0) { $0 + $1.bytes.count } > CarriedSegment.pieceSize
    for segment in segments {
      for piece in segment.pieces {
        if isLong {
          try pass(segment[piece], from: owners - 1)
        } else {
          try spread(segment[piece], from: owners - 1)
        }
      }
    }
  }

  /// From one rank to all, each handing them to the next: for long messages.
  private func pass(_ bytes: UnsafeMutableRawBufferPointer, from root: Int) throws {
    let next = (rank + 1) % worldSize
    if rank != root { try receive(into: bytes, from: (rank + worldSize - 1) % worldSize) }
    if next != root { try send(UnsafeRawBufferPointer(bytes), to: next) }
  }

  /// From one rank to all along a binomial tree: for short messages, log₂ of the ranks one after the other.
  private func spread(_ bytes: UnsafeMutableRawBufferPointer, from root: Int) throws {
    let place = (rank + worldSize - root) % worldSize
    var reach = 1
    while reach < worldSize, place & reach == 0 { reach <<= 1 }
    if place > 0 { try receive(into: bytes, from: (place - reach + root) % worldSize) }
    reach >>= 1
    while reach > 0 {
      if place + reach < worldSize { try send(UnsafeRawBufferPointer(bytes), to: (place + reach + root) % worldSize) }
      reach >>= 1
    }
  }

  /// The sums of each rank's numbers, added in the order of the ranks.
  package func sums(_ own: [Double]) throws -> [Double] {
    guard worldSize > 1 else { return own }
    var sums = own
    try sums.withUnsafeMutableBytes { bytes in
      let segment = CarriedSegment(bytes: bytes) { range, isFirst in
        let sums = bytes.bindMemory(to: Double.self)
        for i in range.lowerBound / 8..<range.upperBound / 8 { sums[i] = isFirst ? own[i] : sums[i] + own[i] }
      }
      try carry([segment], owners: worldSize)
    }
    return sums
  }

  /// The sums of each rank's numbers, added in the order of the ranks.
  func sum(_ numbers: inout [Float]) throws {
    guard worldSize > 1 else { return }
    let own = numbers
    try numbers.withUnsafeMutableBytes { bytes in
      let segment = CarriedSegment(bytes: bytes) { range, isFirst in
        let sums = bytes.bindMemory(to: Float.self)
        for i in range.lowerBound / 4..<range.upperBound / 4 { sums[i] = isFirst ? own[i] : sums[i] + own[i] }
      }
      try carry([segment], owners: worldSize)
    }
  }

  /// The bytes of each rank, on every rank; there may be any number of them.
  package func gather(_ own: [UInt8]) throws -> [[UInt8]] {
    var mine = [Double](repeating: 0, count: worldSize)
    mine[rank] = Double(own.count)
    let counts = try sums(mine).map { Int($0) }
    guard worldSize > 1 else { return [own] }
    let first = counts[..<rank].reduce(0, +)
    var all = [UInt8](repeating: 0, count: counts.reduce(0, +))
    try all.withUnsafeMutableBytes { bytes in
      let segment = CarriedSegment(bytes: bytes) { range, _ in
        let part = range.clamped(to: first..<first + own.count)
        for i in part { bytes[i] = own[i - first] }
      }
      try carry([segment], owners: worldSize)
    }
    var rest = all[...]
    return counts.map { count in
      defer { rest = rest.dropFirst(count) }
      return Array(rest.prefix(count))
    }
  }
}
