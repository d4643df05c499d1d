import RaggedCore
import RaggedTraining

/// How a model forecasts: which of its outputs is which column at which step, and where the inputs of later timesteps come
/// from.
struct ForecastPlan {
  /// Whether every step is an output of the last timestep, rather than each made from the one before.
  let isDirect: Bool
  /// Steps.
  let horizon: Int
  /// The columns that are forecast, in the order of the target.
  let columns: [String]
  /// The output of each column at each step that the model predicts at once, `[C][steps]`.
  let outputs: [[Int]]
  /// The place of each column among the model's numbers per timestep; nil where the model is not given it.
  let pasts: [Int?]
  /// Where each number per timestep of a later timestep comes from, `[F]`; empty for direct forecasts, which need none.
  let feeds: [Feed]

  /// Where a later number comes from.
  enum Feed: Equatable {
    /// It is forecast: a place among ``columns``.
    case column(Int)
    /// It follows from the time of the timestep.
    case time(String, TimeDerivation, part: Int)
  }

  /// - Parameters:
  ///   - horizon: as asked; nil means what the model predicts at once.
  ///   - times: the names of the data's times per timestep.
  /// - Throws: `TrainingError` for a model that forecasts nothing, or not so far, and for inputs of which nobody knows what
  ///   they will be, by their names.
  init(_ model: TrainedModel, horizon: Int?, times: [String]) throws {
    let signature = model.signature
    guard case .valuesPerTimestep(let names) = signature.target, let reaches = Self.reaches(names) else {
      let found = model.columns?.target?.joined(separator: ", ") ?? signature.target.summary
      throw TrainingError(
        .dataMismatch,
        "the model predicts \(found): series are forecast by one that predicts later numbers at each timestep, such as "
          + "sales@1..12 or sales@1")
    }
    (columns, outputs) = (reaches.columns, reaches.outputs)
    let reach = outputs[0].count
    let inputs = signature.input.timestep
    pasts = columns.map { column in inputs.numbers.firstIndex { $0.isExactly(column) } }
    guard reach == 1, horizon ?? 1 > 1 else {
      (isDirect, feeds) = (true, [])
      self.horizon = horizon ?? reach
      guard self.horizon <= reach else {
        throw TrainingError(
          .dataMismatch,
          "the model predicts \(reach.counted("timestep")) ahead, and the horizon is \(self.horizon): expected at most "
            + "\(reach), or a model of \"\(columns[0])@1\" or \"\(columns[0])@1..\(self.horizon)\"")
      }
      return
    }
    (isDirect, self.horizon) = (false, horizon ?? 1)
    guard !model.trainer.readsBackwards else {
      throw TrainingError(
        .dataMismatch,
        "the model reads backwards too, so it cannot go on from what it has forecast: expected a model of "
          + "\"\(columns[0])@1..\(self.horizon)\"")
    }
    var unknown = inputs.categories.map(\.name)
    var feeds: [Feed] = []
    for name in inputs.numbers {
      if let column = columns.firstIndex(where: { $0.isExactly(name) }) {
        feeds.append(.column(column))
      } else if let time = TimeDerivation.made(name, of: times) {
        feeds.append(.time(time.column, time.derivation, part: time.part))
      } else {
        unknown.append(name)
      }
    }
    self.feeds = feeds
    guard unknown.isEmpty else {
      throw TrainingError(
        .dataMismatch,
        "nobody knows what \(unknown.quotedList) will be at later timesteps: a model that goes on from its own forecasts takes "
          + "what it forecasts, what follows from a time, and what a sequence has once; expected a model of "
          + "\"\(columns[0])@1..\(self.horizon)\", or a target \"\(unknown[0])@1\" too")
    }
  }

  /// The columns of a target, and the outputs of each from one step ahead on; nil where it is none of that form.
  private static func reaches(_ names: [String]) -> (columns: [String], outputs: [[Int]])? {
    var (columns, outputs): ([String], [[Int]]) = ([], [])
    for (place, name) in names.enumerated() {
      guard let sign = name.lastIndex(of: "@"), let step = Int(name[name.index(after: sign)...]) else { return nil }
      let column = String(name[..<sign])
      if step == 1 {
        guard !columns.containsExactly(column) else { return nil }
        columns.append(column)
        outputs.append([])
      }
      guard let known = columns.firstIndex(where: { $0.isExactly(column) }), outputs[known].count == step - 1 else {
        return nil
      }
      outputs[known].append(place)
    }
    guard let reach = outputs.first?.count, outputs.allSatisfy({ $0.count == reach }) else { return nil }
    return (columns, outputs)
  }

  /// In words.
  var words: String {
    let what = columns.count == 1 ? "\"\(columns[0])\"" : columns.quotedList
    return isDirect
      ? "\(horizon.counted("timestep")) of \(what), all predicted at the last timestep of each series"
      : "\(horizon.counted("timestep")) of \(what), each predicted from the ones before"
  }
}
