import Foundation
import RaggedCore

/// Figures of sequences as they are read: how long they are, and what their columns hold.
struct RecordSurvey {
  /// How much of a file is read.
  struct Limits {
    var sequences: Int
    var timesteps: Int
    var bytes: Int
  }

  /// Sequences whose keys are remembered, so that rows which come back later are known for theirs.
  private static let keyLimit = 2_000_000
  /// Sequences at fault that are listed of a file.
  private static let rejectionLimit = 5

  private var lengths: [Int] = []
  private var places: [Int: Int] = [:]
  private var tallies: [ExactName: Tally] = [:]
  private var keys: [String] = []
  /// Sequences that came again after others.
  private var repeated: Set<Int> = []
  private(set) var first: SequenceRecord?

  var scattered: Int { repeated.count }
  var statistics: LengthStatistics { LengthStatistics(lengths: lengths) }

  /// Reads a file as far as the limits say.
  /// - Throws: a fatal ``InputError``, `Cancelled`.
  mutating func read(
    _ reader: inout FileReader, _ description: InputDescription, _ limits: Limits, _ monitor: ProgressMonitor,
    _ file: inout FileInspection.File
  ) throws {
    var shown = 0
    func show(_ reader: FileReader) {
      monitor.report(
        WorkProgress(
          .reading, bytes: reader.bytesRead, of: file.name, sequences: lengths.count, timesteps: file.timesteps))
    }
    func share(_ reader: FileReader) -> Double? {
      reader.source.byteCount.flatMap { $0 > 0 ? min(1, Double(reader.bytesRead) / Double($0)) : nil }
    }
    var known: Set<Int> = []
    while true {
      try monitor.check("nothing was stored")
      if known.count >= limits.sequences || file.timesteps >= limits.timesteps || reader.bytesRead >= limits.bytes {
        file.share = share(reader)
        break
      }
      do {
        guard let record = try reader.next() else {
          (file.isWhole, file.share) = (true, 1)
          break
        }
        file.timesteps += record.length
        known.insert(add(record, description))
        if known.count % 256 == 0 || reader.bytesRead - shown >= 1 << 20 {
          shown = reader.bytesRead
          show(reader)
        }
      } catch let error as InputError where !error.isFatal {
        file.rejectedCount += 1
        if file.rejected.count < RecordSurvey.rejectionLimit { file.rejected.append(error) }
      }
    }
    file.sequences = known.count
  }

  /// Adds a sequence, or a later part of one.
  /// - Returns: its place.
  private mutating func add(_ record: SequenceRecord, _ description: InputDescription) -> Int {
    if first == nil, record.length > 0 { first = record }
    if keys.count < 3 { keys.append(record.key) }
    let hash = ExactName(record.key).hashValue
    var place = lengths.count
    if let known = places[hash] {
      place = known
      lengths[known] += record.length
      if known != lengths.count - 1 { repeated.insert(known) }
    } else {
      lengths.append(record.length)
      if places.count < RecordSurvey.keyLimit { places[hash] = place }
    }
    count(record, description)
    return place
  }

  private mutating func count(_ record: SequenceRecord, _ description: InputDescription) {
    switch record.input {
    case .values(let values, let width):
      for (place, name) in (description.input.featureNames ?? []).enumerated() where place < width {
        tallies[ExactName(name), default: Tally()].add(values, from: place, by: width)
      }
    case .tokens(let tokens):
      tallies[.tokens, default: Tally()].add(tokens.map(Float.init))
    case .texts(let texts):
      tallies[.tokens, default: Tally()].add(texts, missing: Vocabulary.unknownText)
    }
    let classes = ExactName(description.classColumn)
    switch record.target {
    case .none: break
    case .classPerSequence(let labels), .classPerTimestep(let labels):
      tallies[classes, default: Tally()].add(labels, missing: "")
    case .values(let values): add(values, description.target.valueNames, width: values.count)
    case .stepValues(let values, let width): add(values, description.target.valueNames, width: width)
    }
    for (column, cells) in zip(description.columns, record.cells) {
      var tally = tallies.removeValue(forKey: ExactName(column.name)) ?? Tally()
      switch cells {
      case .numbers(let numbers): tally.add(numbers)
      case .categories(let texts): tally.add(texts, missing: "")
      case .times(let times): tally.add(times)
      }
      tallies[ExactName(column.name)] = tally
    }
    for (name, value) in [("split", record.split), ("group", record.group)] {
      if let value { tallies[.head(name), default: Tally()].add(Categories([value]), missing: "") }
    }
    if let weight = record.weight { tallies[.head("weight"), default: Tally()].add([weight]) }
  }

  private mutating func add(_ values: [Float], _ names: [String], width: Int) {
    for (place, name) in names.enumerated() where place < width {
      tallies[ExactName(name), default: Tally()].add(values, from: place, by: width)
    }
  }

  /// Brings what was counted to the columns of the files; what these do not list is added.
  func complete(_ columns: inout [ColumnFacts], _ description: InputDescription) {
    var added: [ColumnFacts] = []
    func complete(
      _ name: String, _ kind: ColumnFacts.Kind, _ role: ColumnFacts.Role, _ extent: Column.Extent,
      _ key: ExactName? = nil
    ) {
      let tally = tallies[key ?? ExactName(name)] ?? Tally()
      let place =
        columns.firstIndex { $0.name.isExactly(name) && $0.role == role }
        ?? columns.firstIndex { $0.name.isExactly(name) && $0.role != ColumnFacts.Role.none }
      if let place {
        tally.complete(&columns[place])
      } else {
        var column = ColumnFacts(name, kind, role: role, extent: extent)
        tally.complete(&column)
        added.append(column)
      }
    }
    if let place = columns.firstIndex(where: { $0.role == .id }) {
      if columns[place].examples.isEmpty { columns[place].examples = keys }
    }
    switch description.input {
    case .features(let names): for name in names { complete(name, .number, .feature, .timestep) }
    case .tokens, .text:
      let place = columns.firstIndex { $0.role == .tokens }
      let kind: ColumnFacts.Kind = description.input == .tokens ? .number : .text
      complete(place.map { columns[$0].name } ?? "tokens", kind, .tokens, .timestep, .tokens)
    }
    let extent: Column.Extent = description.target.isPerTimestep ? .timestep : .sequence
    if description.target.isClass { complete(description.classColumn, .text, .target, extent) }
    for name in description.target.valueNames { complete(name, .number, .target, extent) }
    for column in description.columns {
      let kind: ColumnFacts.Kind = column.extent == .labels ? .labels : ColumnFacts.Kind(column.kind)
      complete(column.name, kind, column.role == .input ? .input : .column, column.extent)
    }
    let heads: [(String, ColumnFacts.Role)] = [("weight", .weight), ("split", .split), ("group", .group)]
    for (name, role) in heads where !columns.contains(where: { $0.role == role }) {
      guard tallies[.head(name)] != nil else { continue }
      complete(name, role == .weight ? .number : .text, role, .sequence, .head(name))
    }
    columns += added
    // What is not imported stands last where the file says nothing of the order.
    if !added.isEmpty {
      columns =
        columns.filter { $0.role != ColumnFacts.Role.none } + columns.filter { $0.role == ColumnFacts.Role.none }
    }
  }
}

extension ExactName {
  /// The input where it is tokens; no column can be called so.
  fileprivate static let tokens = ExactName("\0tokens")

  /// What a record has beside its columns.
  fileprivate static func head(_ name: String) -> ExactName { ExactName("\0" + name) }
}

/// Figures of the cells of one column.
private struct Tally {
  /// Different texts that are counted.
  private static let distinctLimit = 100_000

  private var cells = 0
  private var missing = 0
  private var least = Float.infinity
  private var greatest = -Float.infinity
  private var distinct: Set<Int> = []
  private var examples: [String] = []
  private var hasTexts = false

  /// Adds every `width`th number from a place.
  mutating func add(_ numbers: [Float], from place: Int = 0, by width: Int = 1) {
    for index in stride(from: place, to: numbers.count, by: width) {
      let number = numbers[index]
      cells += 1
      guard !number.isNaN else {
        missing += 1
        continue
      }
      (least, greatest) = (min(least, number), max(greatest, number))
      if examples.count < 3 { note(String(format: "%.5g", Double(number))) }
    }
  }

  mutating func add(_ times: [Int64]) {
    for time in times {
      cells += 1
      if time == ColumnPlanes.missingTime { missing += 1 } else if examples.count < 3 { note(time.timeText) }
    }
  }

  mutating func add(_ texts: Categories, missing word: String) {
    hasTexts = true
    var seen = Array(repeating: false, count: texts.names.count)
    for code in texts.codes { seen[Int(code)] = true }
    let isMissing = texts.names.map { $0 == word }
    cells += texts.count
    missing += texts.codes.count { isMissing[Int($0)] }
    for (code, name) in texts.names.enumerated() where seen[code] && !isMissing[code] {
      if distinct.count < Tally.distinctLimit { distinct.insert(ExactName(name).hashValue) }
      if examples.count < 3 { note(name) }
    }
  }

  private mutating func note(_ text: String) {
    let text = text.count > 40 ? text.prefix(39) + "…" : text
    if !examples.contains(text) { examples.append(text) }
  }

  /// Brings the figures to a column, of which a sample of the rows may say something already.
  func complete(_ column: inout ColumnFacts) {
    guard cells > 0 else { return }
    (column.cells, column.missing) = (cells, missing)
    if least <= greatest { (column.least, column.greatest) = (Double(least), Double(greatest)) }
    if hasTexts { column.distinct = distinct.count }
    if column.examples.isEmpty { column.examples = examples }
  }
}
