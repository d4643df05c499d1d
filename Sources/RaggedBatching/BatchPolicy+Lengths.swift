import RaggedCore

extension BatchPolicy {
  /// Checks that every sequence fits into a batch by itself. O(n), and reads the key of the first that does not.
  /// - Throws: ``BatchingError`` with the key, length and limit of the first sequence that is too long, and the number of
  ///   the others and the longest of them; and what the source throws where the key cannot be read.
  func checkLengths(of source: some SequenceSource, _ lengths: [Int32]) throws {
    guard let limit = tightestLimit(bytesPerTimestep: source.signature.bytesPerPaddedTimestep) else { return }
    guard let first = lengths.firstIndex(where: { Int($0) > limit.timesteps }) else { return }
    let others = lengths[(first + 1)...].lazy.filter { Int($0) > limit.timesteps }
    let (count, longest) = others.reduce(into: (0, 0)) { $0 = ($0.0 + 1, max($0.1, Int($1))) }
    let key = try source.keys([first]).first ?? String(first)
    let also = count == 0 ? "" : "; so have \(count.grouped) more, up to \(longest.grouped)"
    throw BatchingError(
      .overLimit,
      "sequence \"\(key)\" has \(Int(lengths[first]).counted("timestep")), more than \(limit.words)\(also)")
  }

  /// The limit that allows the fewest timesteps to a sequence alone in its batch; nil without any.
  private func tightestLimit(bytesPerTimestep: Int) -> (timesteps: Int, words: String)? {
    var found: [(timesteps: Int, words: String)] = []
    if case .packed(let rowLength) = grouping {
      found.append((rowLength, "a packed row's \(rowLength.grouped)"))
    }
    if let limit = limits.timesteps { found.append((limit, "the limit of \(limit.counted("timestep")) a batch")) }
    if let limit = limits.paddedTimesteps {
      found.append((limit, "the limit of \(limit.counted("padded timestep")) a batch"))
    }
    if let limit = limits.bytes {
      let timesteps = limit / max(1, bytesPerTimestep)
      found.append(
        (
          timesteps,
          "the \(timesteps.grouped) that the limit of \(limit.counted("byte")) a batch allows, at "
            + "\(bytesPerTimestep.counted("byte")) each"
        ))
    }
    return found.min { $0.timesteps < $1.timesteps }
  }
}
