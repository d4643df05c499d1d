public import RaggedCore
public import RaggedFormats
import RaggedTraining

/// Lines that are answered as they come: each is a timestep, or a piece, of the sequence of its key, and the answer is that of the
/// sequence so far.
///
/// ```swift
/// var stream = try FollowedStream(model, "-")
/// while let step = try stream.next() { print(step.predictions[0].key, step.predictions[0].outputs) }
/// ```
///
/// Keys may come in any order. Memory is that of the states kept, of which each is that of the layers, and of the longest line.
public struct FollowedStream {
  /// States that are kept where nothing is said.
  public static let usualStates = 100_000

  /// The answer to a line.
  public struct Step: Sendable {
    /// One for each head; one for an ordinary model.
    public var predictions: [Prediction]
    /// The number of the line.
    public var line: Int
    /// The key whose state was dropped for this one: should it come again, it begins anew.
    public var dropped: String?
  }

  /// How the lines are read, once the first of them are there.
  public private(set) var reading: TrainedModel.Reading?
  /// Which column was taken for what, in words; empty before the first line.
  public var roles: String { lines.roles }

  private let model: TrainedModel
  private let path: String
  private let format: FileFormat
  private let asked: ReaderSettings
  private var lines: FollowedLines
  private var predictor: StreamingPredictor
  private var states: KeptStates<StreamingPredictor.State>
  private var places: [StreamColumns.Place]?

  /// Lines of a file, a named pipe or standard input for a model.
  /// - Parameters:
  ///   - model: what answers.
  ///   - path: where the lines come from; `-` for standard input.
  ///   - format: by default what the name says, or else that of the training data.
  ///   - asked: what is asked of the reader; the rest is as it was for the training data.
  ///   - states: the number of keys whose states are kept: of more, that is dropped of which nothing came for the longest.
  ///   - monitor: asked while lines are waited for; what is no longer wanted is the end of the lines.
  /// - Throws: `TrainingError` for a model that cannot answer before a sequence ends; `InputError` for a format whose lines cannot be
  ///   followed.
  public init(
    _ model: TrainedModel, _ path: String, format: FileFormat? = nil, asked: ReaderSettings = [:],
    states: Int = FollowedStream.usualStates, monitor: ProgressMonitor = .none
  ) throws {
    (self.model, self.path, self.asked) = (model, path, asked)
    predictor = try StreamingPredictor(model)
    self.states = KeptStates(limit: states)
    let reading = model.reading(of: path, format: format, asked: asked, for: .stream)
    guard let format = format ?? reading.format ?? InputSource(path).format else {
      throw InputError(
        file: InputSource(path).name,
        problem: "nothing tells how the lines are written, expected one of the formats "
          + FollowedLines.formats.map(\.name).joined(separator: ", ") + " to be given",
        isFatal: true, failureClass: .usage)
    }
    self.format = format
    lines = try FollowedLines(path, format: format, settings: reading.settings, monitor: monitor)
  }

  /// The answer to the next line; nil where the lines end. Waits for a line.
  ///
  /// After an `InputError` that is not fatal the next call goes on with the line behind; the state of its key is as it was.
  /// - Throws: `InputError` with the line that cannot be taken; `TrainingError` for columns that do not fit the model.
  public mutating func next() throws -> Step? {
    if reading == nil {
      guard let names = try lines.columnNames() else { return nil }
      try begin(names)
    }
    guard let record = try lines.next(), let description = lines.description else { return nil }
    let places = try self.places ?? predictor.columns.places(in: description)
    self.places = places
    func fault(_ problem: String) -> InputError {
      InputError(file: lines.source.name, line: record.line, problem: problem, key: record.key)
    }
    var state = states.state(of: record.key) ?? predictor.start()
    let order = try order(of: record, after: state.past.order).map { order in
      guard order.isFalling else { return order.value }
      throw fault(
        "the row is earlier than the one of sequence \"\(record.key)\" before it, which was answered already")
    }
    var predictions: [Prediction]
    do {
      predictions = try predictor.step(
        predictor.columns.cells(of: record, at: places), length: record.length, validity: record.validity,
        key: record.key, &state)
    } catch let error as TrainingError {
      throw fault(error.message)
    }
    if let order { state.past.order = order }
    let dropped = states.keep(state, of: record.key)
    return Step(predictions: predictions, line: record.line, dropped: dropped)
  }

  /// What is worth knowing of the lines and not yet taken.
  public mutating func takeNotes() throws -> [InputNote] { try lines.takeNotes() }

  /// Settles what is read of the lines, by the names of their columns.
  private mutating func begin(_ names: [String]) throws {
    predictor = try StreamingPredictor(model, among: names)
    let isTable = try lines.hasRowPerTimestep()
    var found = model.reading(of: path, format: format, asked: asked, for: .stream, columns: names)
    // That of the first look is what the line was opened with.
    if found.format == nil { found.format = format }
    reading = found
    lines.begin(
      found.settings.following(model.signature.input, names: names, format: format, isTable: isTable))
  }

  /// What the record's last timestep has in the column that orders timesteps, and whether it falls.
  private func order(of record: SequenceRecord, after before: Double?) throws -> (value: Double, isFalling: Bool)? {
    guard let column = lines.orderColumn, record.cells.indices.contains(column) else { return nil }
    let value: Double?
    switch record.cells[column] {
    case .numbers(let numbers): value = numbers.last.flatMap { $0.isNaN ? nil : Double($0) }
    case .times(let times): value = times.last.flatMap { $0 == ColumnPlanes.missingTime ? nil : Double($0) }
    case .categories: value = nil
    }
    return value.map { value in (value, before.map { value < $0 } ?? false) }
  }
}

extension ReaderSettings {
  /// What is asked of lines that are followed: the model's inputs, the key, the time and the validity, and nothing else, so that no
  /// other column can make a line one at fault.
  fileprivate func following(
    _ input: InputSignature, names: [String], format: FileFormat, isTable: Bool
  ) -> ReaderSettings {
    var settings = self
    let others: [ReaderSetting] = [
      .weight, .split, .group, .metadata, .metadataObject, .labels, .labelSeparator, .target, .targetKind,
      .targetValueNames, .classes, .keyFrom, .classFrom, .splitFrom, .join, .joinKey, .joinColumns, .rowGrouping,
      .blankIDs,
    ]
    for setting in others { settings[setting] = nil }
    if format.takes(.noTarget) { settings[.noTarget] = [] }
    guard isTable else { return settings }
    if format == .jsonl {
      // Each object is a row, whose fields have names and hold no text to be cut.
      (settings[.featureNames], settings[.unit]) = (nil, nil)
      let columns = input.names.map { StreamColumns.time(of: $0, among: names) ?? $0 }
      if settings[.features] == nil, input.isFeatures, columns == input.names { settings[.features] = columns }
    }
    let features = settings[.features] ?? []
    let times = input.timestep.numbers.compactMap { StreamColumns.time(of: $0, among: names) }
    func isPlain(_ name: String) -> Bool {
      names.containsExactly(name) && !features.containsExactly(name)
        && StreamColumns.time(of: name, among: names) == nil
    }
    func add(_ setting: ReaderSetting, _ wanted: [String]) {
      let new = wanted.filter { !(settings[setting] ?? []).containsExactly($0) }
      if !new.isEmpty { settings[setting, default: []] += new }
    }
    add(.numbers, (input.timestep.numbers + input.statics.numbers).filter(isPlain))
    add(.categories, (input.timestep.categories + input.statics.categories).map(\.name).filter(isPlain))
    var seen: Set<ExactName> = []
    let timeColumns = times.filter { names.containsExactly($0) && seen.insert(ExactName($0)).inserted }
    if settings[.time] == nil, !timeColumns.isEmpty { settings[.time] = timeColumns } else { add(.time, timeColumns) }
    settings[.skipped] = nil
    let roles = [.id, .time, .order, .valid, .features, .numbers, .categories, .statics].flatMap { settings[$0] ?? [] }
    let wanted = roles.exactNames
    let skipped = names.filter { name in
      // Of two columns of one name neither can be meant.
      if wanted.contains(ExactName(name)) || names.count(where: name.isExactly) > 1 { return false }
      return settings[.id] != nil || !TableOptions.idNames.contains(name.lowercased())
    }
    if !skipped.isEmpty { settings[.skipped] = skipped }
    return settings
  }
}
