/// Makes offsets and presence of repetition and definition levels: record assembly as in Melnik et al., "Dremel:
/// Interactive Analysis of Web-Scale Datasets" (2010), for one column.
///
/// Depth 0 are the rows, depth `j` the elements of the `j`th list around a value. With `optionalFields` `s` a definition
/// level `d` reaches depth `j` where `d ≥ bases[j]`, `bases[j] = Σ (s[i] + 1)` over `i < j`.
struct LevelAssembler {
  private let bases: [UInt8]
  private var offsets: [[Int]]
  private var presences: [PresenceBuilder]
  /// How many slots there are at each depth, the values' at last.
  private var counts: [Int]
  /// The depth that the last entry reached; -1 before the first.
  private var reached = -1

  init(_ column: ParquetColumn) {
    let depth = column.listDepth
    var base = 0
    bases = column.optionalFields.map { optional in
      defer { base += optional + 1 }
      return UInt8(base)
    }
    offsets = Array(repeating: [], count: depth)
    presences = column.optionalFields.map { PresenceBuilder(complete: $0) }
    counts = Array(repeating: 0, count: depth + 1)
  }

  /// Adds entries. Writes the depths of the values' slots, which may be fewer than the entries, to `depths`.
  /// - Returns: How many slots, and how many of them are there.
  mutating func add(
    repetition: UnsafeBufferPointer<UInt8>, definition: UnsafeBufferPointer<UInt8>,
    depths: UnsafeMutablePointer<UInt8>
  ) throws -> (slots: Int, present: Int) {
    let leaf = bases.count - 1
    let (leafBase, leafComplete) = (bases[leaf], presences[leaf].complete)
    var (slots, present) = (0, 0)
    for i in 0..<repetition.count {
      let (r, d) = (Int(repetition[i]), definition[i])
      if r == leaf, r > 0, reached == leaf, d >= leafBase {
        // One more element of the innermost list, which is most of a list column.
        let depth = d - leafBase
        depths[slots] = depth
        slots += 1
        if depth == leafComplete { present += 1 }
        continue
      }
      guard r == 0 || (r <= reached && d >= bases[r]) else { throw misplaced(r, d) }
      var depth = r
      while true {
        if depth > 0 { counts[depth] += depth == leaf ? 0 : 1 }
        let here = d - bases[depth]
        if depth == leaf {
          depths[slots] = here
          slots += 1
          if here == leafComplete { present += 1 }
          break
        }
        let complete = presences[depth].complete
        presences[depth].append(min(here, complete))
        offsets[depth].append(depth + 1 == leaf ? counts[leaf] + slots : counts[depth + 1])
        guard here > complete else { break }
        depth += 1
      }
      reached = depth
    }
    counts[leaf] += slots
    let own = UnsafeBufferPointer(start: depths, count: slots)
    if present == slots { presences[leaf].append(complete: slots) } else { presences[leaf].append(own) }
    return (slots, present)
  }

  /// Adds values of a flat column.
  mutating func addFlat(_ count: Int, _ depths: UnsafeBufferPointer<UInt8>?) {
    if let depths { presences[0].append(depths) } else { presences[0].append(complete: count) }
  }

  /// What was collected; nothing is afterwards.
  mutating func finish() -> (lists: [ParquetLists], values: ParquetPresence) {
    defer {
      reached = -1
      for depth in counts.indices { counts[depth] = 0 }
      for depth in offsets.indices { offsets[depth] = [] }
    }
    let lists = offsets.indices.map { depth in
      ParquetLists(offsets: offsets[depth] + [counts[depth + 1]], presence: presences[depth].finish())
    }
    return (lists, presences[presences.count - 1].finish())
  }

  /// How many slots of values there are.
  var slotCount: Int { presences[presences.count - 1].count }

  private func misplaced(_ repetition: Int, _ definition: UInt8) -> ParquetError {
    reached < 0
      ? .damaged("a row begins with repetition level \(repetition), expected 0")
      : .damaged(
        "an element of list \(repetition) around the value (definition level \(definition)) follows one that reaches only "
          + "list \(reached)")
  }
}
