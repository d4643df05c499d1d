public import RaggedCore
public import RaggedFormats
public import RaggedStore
import RaggedTraining

extension TrainedModel {
  /// Forecasts series of a store behind their ends, one after the other in their order.
  ///
  /// A model of `sales@1..12` says twelve values at the last timestep of a series. One of `sales@1` goes on from what it has said:
  /// of each later timestep its other inputs must follow from the time or belong to the sequence.
  ///
  /// Paths are drawn with the model's own errors within the past of the same series, those of the later half of it: of a direct forecast
  /// all steps of one timestep together, of one that goes on a step at a time, each fed to the model as if it had been observed.
  /// Errors on series that the model was trained on are smaller than those on others.
  /// - Parameters:
  ///   - selection: which series.
  ///   - store: where they are.
  ///   - options: how far, and what else is wanted.
  ///   - monitor: asked and told after every part.
  ///   - take: given one forecast after the other; returns false to end the work.
  /// - Returns: what is to be said of all of them.
  /// - Throws: `TrainingError` for a model that forecasts nothing or not so far, and inputs that nobody knows; what the store and `take`
  ///   throw; `Cancelled`.
  @discardableResult
  public func forecast(
    _ selection: SequenceSelection, in store: SequenceStore, _ options: ForecastRequest = ForecastRequest(),
    monitor: ProgressMonitor = .none, _ take: (Forecast) throws -> Bool
  ) throws -> ForecastNotes {
    let source = try predictable(selection, in: store)
    return try forecast(source, source.base, Array(0..<source.count), options, monitor: monitor, take)
  }

  /// Forecasts series of files; otherwise as those of a store.
  /// - Parameters:
  ///   - records: the files.
  ///   - splits: only series of these; nil means all.
  ///   - options: how far, and what else is wanted.
  ///   - monitor: asked and told after every part.
  ///   - take: given one forecast after the other; returns false to end the work.
  @discardableResult
  public func forecast(
    _ records: RecordSource, splits: [String]? = nil, _ options: ForecastRequest = ForecastRequest(),
    monitor: ProgressMonitor = .none, _ take: (Forecast) throws -> Bool
  ) throws -> ForecastNotes {
    let source = try predictable(records)
    let positions = try source.base.positions(splits: splits)
    return try forecast(source, source.base, positions, options, monitor: monitor, take)
  }

  private func forecast(
    _ source: some SequenceSource, _ base: some ExportedSequences, _ positions: [Int], _ options: ForecastRequest,
    monitor: ProgressMonitor, _ take: (Forecast) throws -> Bool
  ) throws -> ForecastNotes {
    try options.validate()
    guard headNames.isEmpty else {
      throw TrainingError(
        .dataMismatch, "the model has the targets \(headNames.quotedList): name the one to forecast")
    }
    let times = base.furtherColumns.filter { $0.kind == .time && $0.extent == .timestep }.map(\.name)
    let plan = try ForecastPlan(self, horizon: options.horizon, times: times)
    if let place = plan.pasts.firstIndex(of: nil), !options.quantiles.isEmpty || options.holdsOut {
      throw TrainingError(
        .dataMismatch,
        "the model is not given \"\(plan.columns[place])\", so nothing is known of its past: forecasts of it have no quantiles "
          + "and are held against nothing")
    }
    let clocks = try SeriesClocks(base, dropping: options.holdsOut ? plan.horizon : 0)
    var forecaster = Forecaster(model: self, plan: plan, options: options, clocks: clocks)
    let size = max(1, min(options.batchSize, Forecaster.rowLimit / forecaster.rowsOfSeries))
    var start = 0
    while start < positions.count {
      let end = min(start + size, positions.count)
      try monitor.check()
      for forecast in try forecaster.forecast(Array(positions[start..<end]), of: source) {
        guard try take(forecast) else { throw Cancelled("the forecasts so far are not all there are") }
      }
      monitor.report(WorkProgress(.evaluating, end, of: positions.count, .sequences))
      start = end
    }
    return forecaster.notes
  }
}

/// Forecasts some series at a time.
private struct Forecaster {
  let model: TrainedModel
  let plan: ForecastPlan
  let options: ForecastRequest
  let clocks: SeriesClocks
  private(set) var notes: ForecastNotes

  /// Rows that are computed at once.
  static let rowLimit = 20_000

  init(model: TrainedModel, plan: ForecastPlan, options: ForecastRequest, clocks: SeriesClocks) {
    (self.model, self.plan, self.options, self.clocks) = (model, plan, options, clocks)
    notes = ForecastNotes(way: plan.words)
    guard paths > 0 else { return }
    notes.noise =
      "quantiles of \(paths.counted("path")) a series, drawn with the model's own errors in the later half of its past"
      + (plan.isDirect ? ", all steps together" : ", step by step")
  }

  private var paths: Int { options.quantiles.isEmpty ? 0 : options.paths }
  /// The forecast itself, and the paths that go on from their own values.
  var rowsOfSeries: Int { plan.isDirect ? 1 : 1 + paths }

  /// A series up to where it is forecast from.
  private struct Past {
    var position: Int
    var key: String
    /// `[C][T]`.
    var history: [[Double]]
    /// What came behind, where it is held out.
    var actual: [[Double]]?
    var residuals: SeriesResiduals?
    var random: SeededRandom
    /// What is said by step, `[H][C]`, and by path.
    var values: [[Double]] = []
    var paths: [[[Double]]] = []
  }

  mutating func forecast(_ positions: [Int], of source: some SequenceSource) throws -> [Forecast] {
    var whole = try source.gather(positions)
    whole.targets = .none
    whole = whole.compacted()
    let held = options.holdsOut ? plan.horizon : 0
    let kept = (0..<whole.count).filter { whole.length($0) > held }
    notes.empty += whole.count - kept.count
    guard !kept.isEmpty else { return [] }
    var batch = whole.selecting(kept)
    if held > 0 {
      batch.validity = (0..<batch.count).flatMap { b in
        (0..<batch.length(b)).map { $0 < batch.length(b) - held }
      }
      batch = batch.compacted()
    }
    let trainer = model.trainer
    var states = plan.isDirect ? [] : trainer.initialStates(rows: batch.count)
    var figures = trainer.initialFigures(rows: batch.count)
    let outputs = try trainer.predict(batch, states: &states, figures: &figures)
    let width = trainer.model.outputWidth
    let keys = try source.keys(kept.map { positions[$0] })
    var pasts = kept.enumerated().map { row, place in
      let range = whole.range(place)
      let history = plan.pasts.map { column in column.map { whole.numbers($0, range.dropLast(held)) } ?? [] }
      var past = Past(
        position: positions[place], key: keys[row], history: history,
        random: SeededRandom(seed: options.seed, stream: StableHash.of(keys[row])))
      if held > 0 {
        past.actual = plan.pasts.map { column in column.map { whole.numbers($0, range.suffix(held)) } ?? [] }
      }
      let rows = batch.range(row)
      if paths > 0 {
        let residuals = SeriesResiduals(
          history, outputs[rows.lowerBound * width..<rows.upperBound * width], width: width, places: plan.outputs)
        if residuals.isUsable { past.residuals = residuals } else { notes.withoutQuantiles += 1 }
      }
      let last = (rows.upperBound - 1) * width
      past.values = (0..<(plan.isDirect ? plan.horizon : 1)).map { step in
        plan.outputs.map { Double(outputs[last + $0[step]]) }
      }
      return past
    }
    if plan.isDirect {
      for place in pasts.indices { drawDirect(&pasts[place]) }
    } else {
      try goOn(&pasts, batch, states, figures)
    }
    return pasts.map { finished($0) }
  }

  /// Paths of a direct forecast: what it says, and one row of errors.
  private func drawDirect(_ past: inout Past) {
    guard let residuals = past.residuals else { return }
    let steps = plan.outputs[0].count
    past.paths = (0..<paths).map { _ in
      let row = residuals.draw(&past.random)
      return (0..<plan.horizon).map { step in
        plan.columns.indices.map { past.values[step][$0] + row[$0 * steps + step] }
      }
    }
  }

  /// Step by step, the forecasts of all series and their paths side by side.
  private func goOn(
    _ pasts: inout [Past], _ batch: SequenceBatch, _ states: [RecurrentState], _ figures: [SeriesFigures]
  ) throws {
    // The row of the batch that each row goes on from: the forecast of a series, then its paths.
    let counts = pasts.map { 1 + ($0.residuals == nil ? 0 : paths) }
    let origins = counts.enumerated().flatMap { Array(repeating: $0, count: $1) }
    var states = states.map { state in
      RecurrentState(parts: state.parts.map { $0.rows(origins, of: batch.count) })
    }
    var figures = figures.rows(origins, of: batch.count)
    var current = origins.map { pasts[$0].values[0] }
    for place in pasts.indices { pasts[place].paths = Array(repeating: [], count: counts[place] - 1) }
    let statics = batch.statics.selecting(origins.map { $0..<$0 + 1 })
    for step in 1...plan.horizon {
      var row = 0
      for place in pasts.indices {
        if step > 1 { pasts[place].values.append(current[row]) }
        row += 1
        for path in pasts[place].paths.indices {
          if let residuals = pasts[place].residuals {
            let error = residuals.draw(&pasts[place].random)
            current[row] = zip(current[row], error).map(+)
          }
          pasts[place].paths[path].append(current[row])
          row += 1
        }
      }
      guard step < plan.horizon else { return }
      let input = cells(current, origins.map { pasts[$0].position }, step: step)
      let next = SequenceBatch(input: input, statics: statics, offsets: Array(0...origins.count))
      let outputs = try model.trainer.predict(next, states: &states, figures: &figures)
      let width = model.trainer.model.outputWidth
      for row in current.indices { current[row] = plan.outputs.map { Double(outputs[row * width + $0[0]]) } }
    }
  }

  /// The numbers of a later timestep of each row.
  private func cells(_ values: [[Double]], _ positions: [Int], step: Int) -> BatchCells {
    var (numbers, observed): ([Float], [Bool]) = ([], [])
    for (value, position) in zip(values, positions) {
      for feed in plan.feeds {
        let number: Float? =
          switch feed {
          case .column(let column): Float(value[column])
          case .time(let name, let derivation, let part):
            clocks.clock(position, of: name).flatMap { clock in
              clock.time(step).flatMap {
                derivation.number(
                  part, at: $0, before: step == 1 ? clock.last : clock.time(step - 1), first: clock.first)
              }
            }
          }
        numbers.append(number ?? 0)
        observed.append(number != nil)
      }
    }
    return BatchCells(
      values: numbers, featureCount: plan.feeds.count, observed: observed.contains(false) ? observed : nil)
  }

  private mutating func finished(_ past: Past) -> Forecast {
    let clock = clocks.clock(past.position)
    if clock?.isUneven == true { notes.unevenTimes += 1 }
    let times = (1...plan.horizon).compactMap { clock?.time($0) }
    if !clocks.names.isEmpty, times.count < plan.horizon { notes.withoutTimes += 1 }
    return Forecast(
      key: past.key, times: times.count == plan.horizon ? times : nil, hasClock: !clocks.names.isEmpty,
      columns: plan.columns.enumerated().map { column, name in
        Forecast.Column(
          name: name, values: past.values.map { $0[column] },
          quantiles: past.paths.isEmpty
            ? []
            : (0..<plan.horizon).map { step in
              Quantiles.of(past.paths.map { $0[step][column] }, options.quantiles)
            },
          history: past.history[column], actual: past.actual.map { $0[column] })
      })
  }
}

extension SequenceBatch {
  /// A number column at some timesteps; NaN where a cell was not observed.
  fileprivate func numbers(_ column: Int, _ range: some Sequence<Int>) -> [Double] {
    range.map { n in
      let cell = n * input.featureCount + column
      return input.observed?[cell] ?? true ? Double(input.values[cell]) : .nan
    }
  }
}

extension Array {
  /// Some rows of a matrix of `count` rows.
  fileprivate func rows(_ rows: [Int], of count: Int) -> [Element] {
    let width = self.count / Swift.max(1, count)
    return rows.flatMap { self[$0 * width..<($0 + 1) * width] }
  }
}
