import RaggedCore
import RaggedFormats
import RaggedTraining

/// Predicts sequences as they come, a timestep at a time: in an app that reads a sensor, or behind a queue of events of many cases.
///
/// ```swift
/// let predictor = try StreamingPredictor(TrainedModel(path: "model.ragged"))
/// var state = predictor.start()
/// while let reading = sensor.next() {
///   let answer = try predictor.step(["ax": .number(reading.x), "ay": .number(reading.y)], &state)
///   print(answer[0].className(row: 0) ?? "")
/// }
/// ```
///
/// The state of a sequence is a value: a copy is a second sequence with the same past. At each timestep the answer is that of
/// `TrainedModel.predict` for the whole sequence, bit for bit: the outputs of the timestep, or of a model with one output per
/// sequence that of the timesteps so far. Missing cells, masks, what is derived from times and columns per sequence are as there; the
/// model's begin, where its sequences have one, is a row before that of the first timestep.
///
/// Models that read sequences from their ends, and those whose outputs become labels or tags by a search over the sequence, are
/// refused. A predictor may be used from several threads, which take turns.
public final class StreamingPredictor: Sendable {
  /// What is known of a sequence so far.
  public struct State: Sendable, Equatable {
    var model: TimestepPredictor.State
    var past = StreamColumns.Past()

    /// The number of timesteps so far, valid or not.
    public private(set) var timesteps = 0

    fileprivate init(_ model: TimestepPredictor.State) { self.model = model }

    fileprivate mutating func advance(by count: Int) { timesteps += count }
  }

  /// What a column holds at a timestep.
  public enum Cell: Sendable, Equatable {
    /// A number; NaN is missing.
    case number(Float)
    /// The name of a category; an empty one is missing, and one that the model does not know is the unknown name.
    case name(String)
    /// An instant, in microseconds since 1970.
    case time(microseconds: Int64)
    /// Nothing.
    case missing
  }

  /// The names of the heads of a model with several targets, in the order of its answers; empty for an ordinary one.
  public let headNames: [String]
  /// The columns that a timestep has: those of the sequence are the same at all of its timesteps.
  public var columnNames: [String] { columns.columns.map(\.name) }

  let columns: StreamColumns
  private let features: [String]?
  private let predictor: TimestepPredictor
  private let heads: [[String]]
  private let places: [ExactName: Int32]

  /// A predictor with the model's weights.
  /// - Throws: `TrainingError` for a model that cannot answer before a sequence ends.
  public convenience init(_ model: TrainedModel) throws { try self.init(model, among: nil) }

  /// - Parameter names: the columns that there will be, where that is known.
  init(_ model: TrainedModel, among names: [String]?) throws {
    predictor = try TimestepPredictor(model.trainer)
    let input = model.signature.input
    do {
      columns = try StreamColumns(input, ends: model.columns?.ends == true, among: names)
    } catch let error as RaggedCoreError {
      throw TrainingError(.dataMismatch, error.message)
    }
    headNames = model.headNames
    let parts = model.signature.target.parts.map(\.target)
    heads = (parts.isEmpty ? [model.signature.target] : parts).map { $0.isClass ? $0.names : [] }
    features = input.isFeatures ? input.names : nil
    places = columns.columns.map(\.name).positions()
  }

  /// A sequence of which nothing has come yet.
  public func start() -> State { State(predictor.start()) }

  /// The answer at the next timestep of a sequence.
  /// - Parameters:
  ///   - cells: those of its columns by name; one that is left out is missing.
  ///   - isValid: whether the timestep counts; at one that does not the answer is that before it.
  ///   - state: that of the sequence, which becomes that after the timestep. It stays as it was where an error is thrown.
  /// - Returns: a prediction for each head, one for an ordinary model.
  /// - Throws: `TrainingError` for names that no column has, cells of another kind and infinite numbers.
  public func step(_ cells: [String: Cell], isValid: Bool = true, _ state: inout State) throws -> [Prediction] {
    for name in cells.keys where places[ExactName(name)] == nil {
      let meant =
        columnNames.nearest(to: name).map { ", did you mean \"\($0)\"?" } ?? ": it has \(columnNames.quotedList)"
      throw TrainingError(.dataMismatch, "the model has no column \"\(name)\"\(meant)")
    }
    let row = try columns.columns.enumerated().map { index, column in
      let cell = cells[column.name] ?? .missing
      switch (column.kind, cell) {
      case (.number, .number(let number)): return StreamColumns.Cells.numbers([number])
      case (.number, .missing): return .numbers([.nan])
      case (.category, .name(let name)) where column.vocabulary != nil:
        return .codes([columns.code(of: name, column: index)])
      case (.category, .number(let code)) where column.vocabulary == nil && Int32(exactly: code) != nil:
        return .codes([Int32(code)])
      case (.category, .missing): return .codes([Vocabulary.unknownIndex])
      case (.time, .time(let time)): return .times([time])
      case (.time, .missing): return .times([ColumnPlanes.missingTime])
      default:
        throw TrainingError(.dataMismatch, "column \"\(column.name)\" is \(cell), expected a \(column.kind.rawValue)")
      }
    }
    return try step(row, length: 1, validity: isValid ? nil : [false], key: "", &state)
  }

  /// The same for a model on features alone, `[F]` in the order in which it learned them, NaN where one is missing.
  /// - Throws: `TrainingError` for a model that takes anything else, for another number of features and for infinite ones.
  public func step(_ features: [Float], isValid: Bool = true, _ state: inout State) throws -> [Prediction] {
    guard let names = self.features, columns.columns.allSatisfy({ $0.kind == .number }) else {
      throw TrainingError(
        .dataMismatch, "a timestep is given as features, and the model takes \(columnNames.quotedList): name its cells")
    }
    guard features.count == names.count else {
      throw TrainingError(
        .dataMismatch, "a timestep of \(features.count.counted("number")), expected \(names.count)")
    }
    return try step(
      features.map { .numbers([$0]) }, length: 1, validity: isValid ? nil : [false], key: "", &state)
  }

  /// The answer at the timesteps of a piece.
  /// - Parameter cells: those of each column.
  func step(
    _ cells: [StreamColumns.Cells], length: Int, validity: [Bool]?, key: String, _ state: inout State
  ) throws -> [Prediction] {
    var next = state
    let batch = try columns.piece(cells, length: length, validity: validity, &next.past)
    let outputs = try predictor.predict(batch, &next.model)
    next.advance(by: length)
    next.past.rows += batch.timesteps
    let predictions = zip(heads, zip(predictor.shapes, outputs)).map { names, pair in
      let (shape, outputs) = pair
      var prediction = Prediction(
        key: key, outputs: outputs, width: shape.width, classNames: names, isPerTimestep: !shape.isPerSequence)
      prediction.firstRow = shape.isPerSequence ? max(0, next.past.rows - 1) : state.past.rows
      return prediction
    }
    state = next
    return predictions
  }
}

extension StreamingPredictor.Cell: ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral, ExpressibleByStringLiteral,
  ExpressibleByNilLiteral
{
  /// A number.
  public init(floatLiteral value: Float) { self = .number(value) }
  /// A number.
  public init(integerLiteral value: Int) { self = .number(Float(value)) }
  /// A name.
  public init(stringLiteral value: String) { self = .name(value) }
  /// A missing cell.
  public init(nilLiteral: ()) { self = .missing }
}
