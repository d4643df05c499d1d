import Foundation
import RaggedCore
import RaggedFormats
import Testing

/// Records with columns of all kinds, and with missing cells, come back from a file as they were.
@Suite struct ColumnLawTests {
  static let exports = [
    SequenceExport(.csv), SequenceExport(.jsonl), SequenceExport(.npz), SequenceExport(.npz, layout: .padded),
    SequenceExport(.tfrecord),
  ]

  @Test(arguments: exports)
  func columnsOfAllKindsComeBack(export: SequenceExport) throws {
    for seed in 0..<24 {
      var random = RandomColumns(seed: UInt64(seed), input: [.features, .tokens, .text, .none][seed % 4])
      let held = random.sequences([0, 1, 7, 15][seed / 4 % 4])
      if held.records.isEmpty || random.input == .none && export.format == .tfrecord { continue }
      let (records, description, losses) = try Self.copy(of: held, export)
      #expect(description.columns.map(\.shape) == held.furtherColumns.map(\.shape), "\(export) seed \(seed)")
      #expect(records.map(Contents.init) == held.records.map(Contents.init), "\(export) seed \(seed)")
      #expect(losses == [])
    }
  }

  /// Where the inputs were left open, the columns beside the features stay input.
  @Test(arguments: exports)
  func rolesComeBack(export: SequenceExport) throws {
    for input in [RandomColumns.Input.features, .none] where input == .features || export.format != .tfrecord {
      var random = RandomColumns(seed: 3, input: input, role: .input, hasNumbers: false)
      let held = random.sequences(9)
      let (records, description, losses) = try Self.copy(of: held, export)
      #expect(description.columns.map(\.shape) == held.furtherColumns.map(\.shape))
      #expect(records.map(Contents.init) == held.records.map(Contents.init))
      #expect(losses == [])
    }
  }

  @Test func seriesSayWhatTheyLeaveOut() throws {
    var random = RandomColumns(seed: 1, input: .features)
    var held = random.sequences(12)
    held.records.removeAll { $0.length == 0 }
    for place in held.records.indices { held.records[place].validity = nil }
    let (records, _, losses) = try Self.copy(of: held, SequenceExport(.ts))
    #expect(losses.last == "columns \(held.furtherColumns.map(\.name).map { "\"\($0)\"" }.joined(separator: ", "))")
    #expect(records.map { Contents($0).input } == held.records.map { Contents($0).input })
  }

  @Test func columnsBesideTokensStayInput() throws {
    var random = RandomColumns(seed: 5, input: .tokens, role: .input)
    let (_, description, losses) = try Self.copy(of: random.sequences(4), SequenceExport(.csv))
    #expect(losses == [])
    #expect(description.columns.allSatisfy { ($0.role == .input) == ($0.extent != .labels) })
  }

  @Test(arguments: [
    (
      "NA", SequenceExport(.csv), #"column "c" holds the text "NA", which csv has for a missing cell; use jsonl or npz"#
    ),
    (
      "null", SequenceExport(.csv),
      #"column "c" holds the text "null", which csv has for a missing cell; use jsonl or npz"#
    ),
  ])
  func whatAFormatCannotHoldIsRefused(name: String, export: SequenceExport, message: String) throws {
    let column = Column("c", .category, role: .other, vocabulary: Vocabulary(unit: .words, tokens: [name]))
    let held = HeldSequences(
      signature: SequenceSignature(input: .features(["x"]), target: .none), furtherColumns: [column],
      records: [
        SequenceRecord(
          key: "a", input: .values([1], featureCount: 1),
          cells: [.categories(Categories(codes: [1], names: ["", name]))])
      ])
    let error = #expect(throws: ExportError.self) { try Self.copy(of: held, export) }
    #expect(error?.message == message)
  }

  @Test func aColumnNamedLikeAFieldIsRefusedByJSONLines() throws {
    let held = HeldSequences(
      signature: SequenceSignature(input: .features(["x"]), target: .none),
      furtherColumns: [Column("split", .number, role: .other)],
      records: [SequenceRecord(key: "a", input: .values([1], featureCount: 1), cells: [.numbers([2])])])
    let error = #expect(throws: ExportError.self) { try Self.copy(of: held, SequenceExport(.jsonl)) }
    #expect(error?.message == #"column "split" has the name of another field of jsonl; use csv, npz or tfrecord"#)
  }

  /// What is read of an export under the settings that its report says.
  static func copy(
    of held: HeldSequences, _ export: SequenceExport
  ) throws -> (records: [SequenceRecord], description: InputDescription, losses: [String]) {
    try withFile("out.\(export.format)", []) { path in
      let report = try export.write(held, to: .file(path))
      var reader = try FileReader(path, settings: report.readerSettings)
      let description = try reader.description()
      var records: [SequenceRecord] = []
      while let record = try reader.next() { records.append(record) }
      return (records, description, report.losses)
    }
  }
}

extension Column {
  /// All but its names.
  fileprivate var shape: String { "\(name) \(kind) \(extent) \(role)" }
}

/// Sequences on their way into a file.
struct HeldSequences: ExportedSequences {
  var signature: SequenceSignature
  var furtherColumns: [Column]
  var records: [SequenceRecord]
  let datasetName = "d"
  let hasDeclaredClasses = false
  var lengths: [Int32] { records.map { Int32($0.length) } }

  func hasInvalidTimesteps() -> Bool { records.contains { $0.validity?.contains(false) ?? false } }
  func forEachRecord(_ body: (SequenceRecord) throws -> Void) throws { try records.forEach(body) }
  func forEachHead(_ body: (SequenceRecord) throws -> Void) throws { try records.forEach(body) }
}

/// A record as what is compared: numbers by their bits, names by their text.
struct Contents: Equatable {
  var input: [String]
  var cells: [[String]]
  var length: Int
  var validity: [Bool]?

  init(_ record: SequenceRecord) {
    func text(_ value: Float) -> String { value.isNaN ? "missing" : "\(value.bitPattern)" }
    switch record.input {
    case .values(let values, _): input = values.map(text)
    case .tokens(let tokens): input = tokens.map { "\($0)" }
    case .texts(let texts): input = Array(texts)
    }
    cells = record.cells.map { cells in
      switch cells {
      case .numbers(let numbers): numbers.map(text)
      case .categories(let names): names.map { $0.isEmpty ? "missing" : "=\($0)" }
      case .times(let times): times.map { "\($0)" }
      }
    }
    length = record.length
    validity = record.validity?.contains(false) == true ? record.validity : nil
  }
}

/// Makes sequences with columns of all kinds, the same for the same seed.
struct RandomColumns {
  enum Input: CaseIterable { case features, tokens, text, none }

  let input: Input
  var role = Column.Role.other
  var hasNumbers = true
  private var random: SeededRandom

  init(seed: UInt64, input: Input, role: Column.Role? = nil, hasNumbers: Bool = true) {
    // Without features nothing is named, so that all columns are input.
    self.input = input
    self.role = role ?? (input == .none ? .input : .other)
    self.hasNumbers = hasNumbers && input != .none
    random = SeededRandom(seed: seed)
  }

  private static let names = [
    "plain", "a,b", "q\"uote\"", "new\nline", " spaced ", "é", "e\u{301}x", "語", "-", "?", "0012", "2020-01-01", "1.5",
    "none", "n/a", "true", "\"",
  ]

  var columns: [Column] {
    let vocabulary = Vocabulary(unit: .words, tokens: Self.names)
    var columns = [
      Column("activity", .category, role: role, vocabulary: vocabulary),
      Column("age", .number, per: .sequence, role: role),
      Column("due, \"when\"", .time, role: role),
      Column("channel", .category, per: .sequence, role: role, vocabulary: vocabulary),
      Column("phones", .category, per: .labels, role: .other, vocabulary: vocabulary),
    ]
    if hasNumbers {
      columns.insert(Column("amount", .number, role: role), at: 1)
      columns.append(Column("level", .number, role: role))
    }
    return columns
  }

  mutating func sequences(_ count: Int) -> HeldSequences {
    let names = [""] + Self.names
    let signature: InputSignature =
      switch input {
      case .features: .features(["u", "v"])
      case .tokens: .tokens(size: 9, vocabulary: nil)
      case .text: .tokens(size: 3, vocabulary: Vocabulary(unit: .words, tokens: ["x", "y"]))
      case .none: .features([])
      }
    let records = (0..<count).map { index -> SequenceRecord in
      let length = index == 0 ? 4 : random.below(3) == 0 ? random.below(2) : random.below(7)
      let input: RecordInput =
        switch self.input {
        case .features: .values((0..<2 * length).map { _ in number() }, featureCount: 2)
        case .tokens: .tokens((0..<length).map { _ in Int32(random.below(9)) })
        // The texts first come in the order of their codes.
        case .text: .texts(Categories(codes: (0..<length).map { Int32(1 + $0 % 2) }, names: ["\0", "x", "y"]))
        case .none: .values([], featureCount: 0)
        }
      let cells = columns.map { column -> RecordCells in
        let cellCount =
          switch column.extent {
          case .timestep: length
          case .sequence: 1
          case .labels: random.below(3) == 0 ? 0 : random.below(6)
          }
        // A label is one of the names; an unknown one is a law of its own.
        let first = column.extent == .labels ? 1 : 0
        return switch column.kind {
        // So that the first sequence says what each column is.
        case .number: .numbers((0..<cellCount).map { _ in number() })
        case .category:
          .categories(
            Categories(
              codes: (0..<cellCount).map { _ in Int32(first + random.below(names.count - first)) }, names: names))
        case .time: .times((0..<cellCount).map { _ in time() })
        }
      }
      let validity = random.below(4) == 0 && length > 0 ? (0..<length).map { $0 > 0 } : nil
      return SequenceRecord(key: "s\(index)", input: input, cells: cells, validity: validity, length: length)
    }
    return HeldSequences(
      signature: SequenceSignature(input: signature, target: .none), furtherColumns: columns,
      records: withValidity(records))
  }

  /// A file has a validity for all of its sequences or for none.
  private func withValidity(_ records: [SequenceRecord]) -> [SequenceRecord] {
    guard records.contains(where: { $0.validity != nil }) else { return records }
    return records.map { record in
      var record = record
      record.validity = record.validity ?? Array(repeating: true, count: record.length)
      return record
    }
  }

  private mutating func number() -> Float {
    if random.below(3) == 0 { return .nan }
    let value = Float(bitPattern: UInt32(truncatingIfNeeded: random.next()))
    return value.isFinite ? value : -0.0
  }

  private mutating func time() -> Int64 {
    switch random.below(5) {
    case 0: ColumnPlanes.missingTime
    case 1: 1_600_000_000_000_000 + Int64(random.below(1 << 30))
    case 2: -1
    case 3: [0, 253_402_300_800_000_000, -62_135_596_800_000_001, 86_399_999_999][random.below(4)]
    default: Int64(random.below(1 << 40)) * 1_000_000
    }
  }
}
