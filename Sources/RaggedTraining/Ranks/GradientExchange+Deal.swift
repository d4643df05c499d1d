import RaggedCore

extension GradientExchange {
  /// Does numbered pieces of work, each on one rank, and hands what they give to the first rank in their order.
  ///
  /// Piece k is that of rank k modulo the number of ranks. A rank waits until the first one has taken its piece before it begins
  /// its next, so that nothing piles up whatever the number of pieces; the first rank takes them between pieces of its own. It
  /// ends on all ranks when all is taken.
  /// - Parameters:
  ///   - count: the number of pieces.
  ///   - work: does a piece on the rank that has it.
  ///   - pack: what a piece gives, as bytes.
  ///   - unpack: what it gave, on the first rank.
  ///   - take: given what every piece gave, on the first rank alone.
  /// - Throws: what one of these throws, on the rank where it did; on all others ``RankError``, or `Cancelled` on the first where
  ///   another one was asked to end.
  package func deal<Value>(
    _ count: Int, _ work: (Int) throws -> Value, pack: (Value) throws -> [UInt8],
    unpack: (Int, [UInt8]) throws -> Value, take: (Int, Value) throws -> Void
  ) throws {
    try endingTogether {
      for piece in 0..<count {
        let owner = piece % worldSize
        if rank == owner {
          let value = try work(piece)
          if rank == 0 { try take(piece, value) } else { try hand(pack(value), to: 0) }
        } else if rank == 0 {
          try take(piece, unpack(piece, bytes(from: owner)))
        }
      }
      if worldSize > 1 { _ = try sums([0]) }
    }
  }

  /// Does what all ranks do together: an error of one, and a wish to end, ends the others too.
  package func endingTogether<Value>(_ body: () throws -> Value) throws -> Value {
    guard worldSize > 1 else { return try body() }
    do {
      return try body()
    } catch {
      let own = RankError(rank: rank, error)
      let first = abandon(own)
      if first.rank == rank, own.rank == rank { throw error }
      // The first rank has the terminal: it says that the work was stopped, whichever of them was asked to.
      if rank == 0, first.failureClass == .interrupted { throw Cancelled(first.message) }
      throw first
    }
  }

  /// Bytes that go at once: MPI counts them in 32 bits.
  private var longestMessage: Int { 1 << 28 }

  /// Hands any number of bytes to another rank, after their number.
  private func hand(_ bytes: [UInt8], to other: Int) throws {
    try withUnsafeBytes(of: UInt64(bytes.count)) { try send($0, to: other) }
    try bytes.withUnsafeBytes { all in
      for start in stride(from: 0, to: all.count, by: longestMessage) {
        let end = min(start + longestMessage, all.count)
        try send(UnsafeRawBufferPointer(rebasing: all[start..<end]), to: other)
      }
    }
  }

  /// The bytes that another rank hands over.
  private func bytes(from other: Int) throws -> [UInt8] {
    var count: UInt64 = 0
    try withUnsafeMutableBytes(of: &count) { try receive(into: $0, from: other) }
    var bytes = [UInt8](repeating: 0, count: Int(count))
    try bytes.withUnsafeMutableBytes { all in
      for start in stride(from: 0, to: all.count, by: longestMessage) {
        let end = min(start + longestMessage, all.count)
        try receive(into: UnsafeMutableRawBufferPointer(rebasing: all[start..<end]), from: other)
      }
    }
    return bytes
  }
}
