import Foundation
import RaggedCore
import RaggedFormats
import RaggedStore

/// All that a store knows of a dataset, numbers as their bits.
struct DatasetContents: Equatable {
  struct Row: Equatable {
    var key: String
    var split: String
    var weight: Float?
    var group: String?
    var metadata: String?
    var input: [UInt32]
    var targets: [UInt32]
    var validity: [Bool]?
  }

  var signature: SequenceSignature
  var areDeclared: Bool
  var rows: [Row] = []

  init(_ store: SequenceStore, _ selection: SequenceSelection = SequenceSelection(dataset: "d")) throws {
    let source = try store.source(selection)
    signature = source.signature
    areDeclared = source.hasDeclaredClasses
    try source.forEachRecord { record in
      var row = Row(
        key: record.key, split: record.split ?? "", weight: record.weight, group: record.group,
        metadata: record.metadata, input: [], targets: [], validity: record.validity)
      switch record.input {
      case .values(let values, _): row.input = values.map(\.bitPattern)
      case .tokens(let tokens): row.input = tokens.map { UInt32(bitPattern: $0) }
      case .texts(let texts): row.input = texts.codes.map { UInt32(bitPattern: $0) }
      }
      switch record.target {
      case .none: break
      case .classPerSequence(let labels), .classPerTimestep(let labels):
        row.targets = labels.codes.map { UInt32(bitPattern: $0) }
      case .values(let values), .stepValues(let values, _): row.targets = values.map(\.bitPattern)
      }
      rows.append(row)
    }
  }
}

/// Exports a dataset and imports it again, as the report of the export says, into a dataset `copy` of another store.
func reimport(
  _ selection: SequenceSelection = SequenceSelection(dataset: "d"), of store: SequenceStore, _ export: SequenceExport,
  into other: SequenceStore, as copy: String = "d", isCompressed: Bool = false
) throws -> ExportReport {
  let folder = try TemporaryDirectory()
  let file = folder.file("out.\(export.format.name)\(isCompressed ? ".gz" : "")")
  let report = try store.export(selection, as: export, to: .file(file))
  var reader = try FileReader(file, settings: report.readerSettings)
  let options = ImportOptions(classes: report.readerSettings[.classes])
  _ = try other.importSequences(
    from: &reader, named: file, into: copy, options: options, rowPerTimestep: reader.format.hasRowPerTimestep)
  return report
}

/// A store whose dataset `d` is an export of another's, read again as its report says.
func reimported(
  _ store: SequenceStore, _ export: SequenceExport, in folder: TemporaryDirectory,
  selection: SequenceSelection = SequenceSelection(dataset: "d")
) throws -> (store: SequenceStore, report: ExportReport) {
  let copy = try folder.store("\(UUID().uuidString).ragged")
  return (copy, try reimport(selection, of: store, export, into: copy))
}

/// Makes datasets of every shape, the same for the same seed.
struct RandomDataset {
  /// What a timestep is.
  enum Input: String, CaseIterable { case oneFeature, features, tokens, characters, words }

  var input: Input
  var kind: TargetKind?
  /// Whether all names are such that `.ts` can hold them.
  var isPlain = false
  private var random: SeededRandom

  static let texts = [
    "plain", "a,b", "q\"uote\"", "new\nline", "cr\r\nlf", " spaced ", "é", "e\u{301}x", "😀👩‍👩‍👧", "-dash", "0012", "NaN",
    "#hash", "@at", "tab\t", "\"", "語", "null", "\u{FEFF}bom", "\\back\\slash", "none", "a:b", "\u{1}control",
  ]

  init(_ input: Input, _ kind: TargetKind?, seed: UInt64, isPlain: Bool = false) {
    self.input = input
    self.kind = kind
    self.isPlain = isPlain
    random = SeededRandom(seed: seed)
  }

  var description: InputDescription {
    let input: InputDescription.Input =
      switch self.input {
      case .oneFeature: .features(["x"])
      case .features: .features(isPlain ? ["u", "v", "w"] : ["id", "label, \"2\"", "t"])
      case .tokens: .tokens
      case .characters: .text(.characters)
      case .words: .text(.words)
      }
    let names = isPlain ? ["y"] : ["id", "y, \"z\""]
    let target: InputDescription.Target =
      switch kind {
      case nil: .none
      case .classPerSequence: .classPerSequence(declared: nil)
      case .classPerTimestep: .classPerTimestep(declared: nil)
      case .valuesPerSequence: .valuesPerSequence(names)
      case .valuesPerTimestep: .valuesPerTimestep(names)
      }
    return InputDescription(input: input, target: target)
  }

  mutating func records(_ count: Int) -> [SequenceRecord] {
    (0..<count).map { index in
      let length = random.below(3) == 0 ? random.below(2) : random.below(7)
      var record = SequenceRecord(key: "\(text())\(index)", input: input(length), target: target(length))
      if random.below(3) == 0 { record.weight = [1, 0.5, 0, 3e38][random.below(4)] }
      if random.below(3) == 0 { record.validity = (0..<length).map { _ in random.below(3) > 0 } }
      if random.below(2) == 0 { record.split = random.below(2) == 0 ? "test" : text() }
      if random.below(3) == 0 { record.group = text() }
      if random.below(3) == 0, let quoted = try? JSONEncoder().encode(text()) {
        record.metadata = "{\"n\": \(index), \"text\": \(String(decoding: quoted, as: UTF8.self))}"
      }
      return record
    }
  }

  private mutating func text() -> String { RandomDataset.texts[random.below(RandomDataset.texts.count)] }

  private mutating func number() -> Float {
    let extremes: [Float] = [
      0, -0.0, .leastNonzeroMagnitude, -.greatestFiniteMagnitude, .greatestFiniteMagnitude, .leastNormalMagnitude, 0.1,
      1 / 3, 16_777_216, 1e-10, 1e16, 123_456_792,
    ]
    if random.below(2) == 0 { return extremes[random.below(extremes.count)] }
    let value = Float(bitPattern: UInt32(truncatingIfNeeded: random.next()))
    return value.isFinite ? value : 1
  }

  private mutating func numbers(_ count: Int) -> [Float] { (0..<count).map { _ in number() } }

  private mutating func input(_ length: Int) -> RecordInput {
    switch input {
    case .oneFeature: .values(numbers(length), featureCount: 1)
    case .features: .values(numbers(3 * length), featureCount: 3)
    case .tokens: .tokens((0..<length).map { _ in random.below(5) == 0 ? .max - 1 : Int32(random.below(9)) })
    case .characters, .words:
      .text((0..<length).map { _ in random.below(6) == 0 ? Vocabulary.unknownText : text() })
    }
  }

  private mutating func label() -> String {
    isPlain ? ["run", "walk", "Größe", "0012"][random.below(4)] : text()
  }

  private mutating func target(_ length: Int) -> RecordTarget {
    let width = isPlain ? 1 : 2
    // A missing one now and then, which .ts cannot hold.
    func isMissing() -> Bool { !isPlain && random.below(6) == 0 }
    func values(_ count: Int) -> [Float] { numbers(count).map { isMissing() ? .nan : $0 } }
    switch kind {
    case nil: return .none
    case .classPerSequence: return .label(isMissing() ? "" : label())
    case .classPerTimestep: return .labels((0..<length).map { _ in isMissing() ? "" : label() })
    case .valuesPerSequence: return .values(values(width))
    case .valuesPerTimestep: return .stepValues(values(width * length), width: width)
    }
  }
}
