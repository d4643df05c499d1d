import RaggedCore

/// What is worth knowing of files that are read with one another, said once for all that say the same: of the first file
/// as it is read, and of the others in a line at the end. Missing cells are those of all files together.
///
/// ```swift
/// var common = CommonNotes(of: readers.count)
/// for index in readers.indices {
///   for note in try common.take(from: &readers[index]) { print(note.text) }  // now
///   …
/// }
/// for note in common.finish() { print(note.text) }  // what was held back
/// ```
public struct CommonNotes: Sendable {
  /// A kind of note beyond which more of it that differ in their names alone are counted together.
  private static let shownOfAKind = 8
  private let fileCount: Int
  private var kinds: [String: Kind] = [:]
  private var order: [String] = []
  /// How many notes of a kind differ, by their words without numbers and names.
  private var variants: [String: Int] = [:]
  private var missing = MissingTotals()
  private var filesWithMissing = 0

  private struct Kind {
    /// The file that said it first, the last one, and how many said it beside the first.
    var first: String
    var last: String
    var note: InputNote
    var others = 0
  }

  /// - Parameter fileCount: how many files there are; of one alone nothing is held back.
  public init(of fileCount: Int) { self.fileCount = fileCount }

  /// Takes what a reader has to say by now.
  /// - Returns: what is to be said at once, each with the file's name.
  /// - Throws: `InputError`, always fatal.
  public mutating func take(from reader: inout FileReader) throws -> [InputNote] {
    guard fileCount > 1 else { return try reader.takeNotes() }
    let (notes, found) = try reader.takeNotesWithTotals()
    if let found {
      if found.isAny { filesWithMissing += 1 }
      missing.add(found)
    }
    return add(notes, of: reader.source.name)
  }

  /// Takes notes of a file.
  /// - Returns: those that no file before has given.
  public mutating func add(_ notes: [InputNote], of file: String) -> [InputNote] {
    guard fileCount > 1 else { return notes }
    return notes.filter { note in
      var key = note.text.withoutNumbers
      if kinds[key] == nil {
        let words = key.withoutQuotes
        guard variants[words, default: 0] < CommonNotes.shownOfAKind else {
          key = words
          if kinds[key] == nil { return begin(key, note, file) }
          return !count(key, note, file)
        }
        variants[words, default: 0] += 1
        return begin(key, note, file)
      }
      return !count(key, note, file)
    }
  }

  private mutating func begin(_ key: String, _ note: InputNote, _ file: String) -> Bool {
    kinds[key] = Kind(first: file, last: file, note: note)
    order.append(key)
    return true
  }

  /// Counts a note of a kind that is known.
  /// - Returns: whether it is held back: it is not where the file is the one that said the first.
  private mutating func count(_ key: String, _ note: InputNote, _ file: String) -> Bool {
    guard var kind = kinds[key], kind.first != file else { return false }
    if kind.last != file { kind.others += 1 }
    (kind.last, kind.note) = (file, note)
    kinds[key] = kind
    return true
  }

  /// What was held back: a line for each kind of note that further files gave, and one on missing cells.
  public mutating func finish() -> [InputNote] {
    var notes = order.compactMap { key -> InputNote? in
      guard let kind = kinds[key], kind.others > 0 else { return nil }
      let start =
        kind.others == 1 ? kind.last : "so in \(kind.others.grouped) more files, such as \(kind.last)"
      return InputNote("\(start): \(kind.note.text)", remedy: kind.note.remedy)
    }
    let files = filesWithMissing.counted("file")
    notes += missing.notes.map { InputNote("in \(files): \($0.text)", remedy: $0.remedy) }
    (kinds, order, variants, missing, filesWithMissing) = ([:], [], [:], MissingTotals(), 0)
    return notes
  }
}

extension String {
  /// With each number as one sign.
  fileprivate var withoutNumbers: String {
    var result = ""
    var isNumber = false
    for character in self {
      let isPart = character.isNumber || isNumber && (character == "." || character == ",")
      if !isPart { result.append(character) } else if !isNumber { result.append("#") }
      isNumber = isPart
    }
    return result
  }

  /// Without what stands in quotes.
  fileprivate var withoutQuotes: String {
    split(separator: "\"", omittingEmptySubsequences: false).enumerated().filter { $0.offset % 2 == 0 }
      .map { String($0.element) }.joined(separator: "\"")
  }
}

/// How many cells of which columns are missing, and how many targets.
struct MissingTotals: Sendable {
  private struct Count {
    var name: String
    var missing: Int
    var total: Int
  }

  private var cells: [Count] = []
  private var lists: [Count] = []
  private var places: [ExactName: Int] = [:]
  private var listPlaces: [ExactName: Int] = [:]
  private var targets = (missing: 0, timesteps: 0, sequences: 0)
  /// Columns that are named.
  private static let named = 12

  /// Whether anything is missing.
  var isAny: Bool { targets.missing > 0 || cells.contains { $0.missing > 0 } || lists.contains { $0.missing > 0 } }

  mutating func add(cells missing: Int, of total: Int, in name: String) {
    MissingTotals.add(Count(name: name, missing: missing, total: total), to: &cells, &places)
  }

  mutating func add(emptyLists missing: Int, of total: Int, in name: String) {
    MissingTotals.add(Count(name: name, missing: missing, total: total), to: &lists, &listPlaces)
  }

  /// - Parameters:
  ///   - timesteps: where the targets are those of timesteps.
  ///   - sequences: where they are those of sequences.
  mutating func add(targets missing: Int, timesteps: Int = 0, sequences: Int = 0) {
    targets = (targets.missing + missing, targets.timesteps + timesteps, targets.sequences + sequences)
  }

  mutating func add(_ other: MissingTotals) {
    for count in other.cells { MissingTotals.add(count, to: &cells, &places) }
    for count in other.lists { MissingTotals.add(count, to: &lists, &listPlaces) }
    add(targets: other.targets.missing, timesteps: other.targets.timesteps, sequences: other.targets.sequences)
  }

  private static func add(_ count: Count, to counts: inout [Count], _ places: inout [ExactName: Int]) {
    guard let place = places[ExactName(count.name)] else {
      places[ExactName(count.name)] = counts.count
      counts.append(count)
      return
    }
    counts[place].missing += count.missing
    counts[place].total += count.total
  }

  /// In words: a line each on lists, cells and targets.
  var notes: [InputNote] {
    func words(_ counts: [Count]) -> [String] {
      counts.filter { $0.missing > 0 }.map {
        "\($0.missing.grouped) of \($0.total.grouped) in \($0.name.quotedForMessage)"
      }
    }
    var notes: [InputNote] = []
    let empty = words(lists)
    if !empty.isEmpty { notes.append(InputNote("sequences without a label: \(empty.joined(separator: ", "))")) }
    let parts = words(cells)
    let named = MissingTotals.named
    let rest = parts.count > named ? " and some in \(parts.count - named) more columns" : ""
    if !parts.isEmpty {
      notes.append(InputNote("missing cells: \(parts.prefix(named).joined(separator: ", "))\(rest)"))
    }
    guard targets.missing > 0 else { return notes }
    let totals = [
      targets.timesteps > 0 ? targets.timesteps.counted("timestep") : nil,
      targets.sequences > 0 ? targets.sequences.counted("sequence") : nil,
    ].compactMap { $0 }.joined(separator: " and ")
    let words = targets.missing == 1 ? ("has", "it has", "is") : ("have", "they have", "are")
    notes.append(
      InputNote(
        "\(targets.missing.grouped) of \(totals) \(words.0) no target: \(words.1) no loss and \(words.2) not judged"))
    return notes
  }
}
