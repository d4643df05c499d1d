import RaggedCore

extension TableSample {
  /// What each column holds.
  /// - Parameter layout: what the columns were taken for; nil where that could not be decided.
  func facts(_ layout: TableLayout?) -> [ColumnFacts] {
    columns.indices.map { index in
      let column = columns[index]
      var facts = ColumnFacts(names[index], column.kind)
      (facts.cells, facts.missing) = (column.cells, column.missing)
      facts.distinct = min(column.distinct.count, TableSample.rowCount)
      facts.examples = column.examples
      if let found = layout?.role(index, facts.kind) {
        facts.role = found.role
        facts.extent = found.extent
        facts.kind = found.kind
      }
      return facts
    }
  }
}

extension TableHead {
  /// What the columns of a table with a row per sequence hold, but for those of its timesteps, of which its sequences say more.
  /// - Parameters:
  ///   - layout: what the columns of the sequence were taken for; nil where that could not be decided.
  ///   - steps: the columns that hold timesteps.
  func facts(_ layout: TableLayout?, besides steps: Set<Int>, _ options: TableOptions) -> [ColumnFacts] {
    let sample = TableSample(self, options: options, mayEndEarly: true)
    guard let layout else { return sample.facts(nil) }
    return sample.facts(nil).enumerated().filter { !steps.contains($0.offset) }.map { _, facts in
      var facts = facts
      facts.role = ColumnFacts.Role.none
      guard let place = layout.names.firstIndex(exactly: facts.name) else { return facts }
      let found = layout.role(place, facts.kind)
      facts.role = found.role
      facts.extent = found.extent
      facts.kind = found.kind
      return facts
    }
  }
}

extension TableSample.Column {
  /// What its cells are.
  fileprivate var kind: ColumnFacts.Kind {
    if numbers == 0, texts == 0 { return .empty }
    if numbers == 0, dates == texts { return .time }
    return isText ? .text : .number
  }
}

extension TableLayout {
  /// What a column was taken for.
  fileprivate func role(
    _ index: Int, _ kind: ColumnFacts.Kind
  ) -> (role: ColumnFacts.Role, extent: Column.Extent?, kind: ColumnFacts.Kind) {
    if index == id { return (.id, .sequence, kind) }
    if target.contains(index) {
      return (.target, targetKind?.isPerTimestep == true ? .timestep : .sequence, kind)
    }
    if index == time { return (.time, .timestep, .time) }
    if features.contains(index) { return (tokens == nil ? .feature : .tokens, .timestep, kind) }
    if index == weight { return (.weight, .sequence, kind) }
    if index == valid { return (.valid, .timestep, kind) }
    if index == split { return (.split, .sequence, kind) }
    if index == group { return (.group, .sequence, kind) }
    if metadata.contains(index) || index == metadataObject { return (.metadata, .sequence, kind) }
    if let found = further.first(where: { $0.index == index })?.column {
      let kind: ColumnFacts.Kind = found.extent == .labels ? .labels : ColumnFacts.Kind(found.kind)
      return (found.role == .input ? .input : .column, found.extent, kind)
    }
    return (.none, nil, kind)
  }

  /// Features that are named one by one in a command; more would be a list that nobody reads.
  private static let listedFeatures = 12

  /// The options that name what was decided, so that another file is read in the same way.
  func settings(_ options: TableOptions) -> ReaderSettings {
    var settings = options.settings
    if let id { settings[.id] = [names[id]] }
    if !target.isEmpty {
      settings[.target] = target.map { names[$0] }
      settings[.targetKind] = targetKind.map { [$0.rawValue] }
    }
    if options.time == nil, let time { settings[.time] = [names[time]] + options.times }
    if options.timeFormat == nil, let order = dateOrder { settings[.timeFormat] = [order] }
    if options.decimal == nil, guesses.form.point == 0x2C { settings[.decimal] = [","] }
    let isGuessed = options.features == nil && options.inputs == nil
    let moved =
      features.contains(where: guesses.statics.contains)
      || further.contains { place in
        guesses.statics.contains(place.index) && place.column.extent == .timestep
      }
    if isGuessed, !moved, tokens == nil, !features.isEmpty, features.count <= TableLayout.listedFeatures {
      settings[.features] = features.map { names[$0] }
      let inputs = further.map(\.column).filter { $0.role == .input }
      // A time is no input by itself.
      if inputs.contains(where: { $0.kind != .time }) { settings[.inputs] = inputs.map(\.name) }
    }
    return settings
  }

  /// Which of day and month stands first, where the dates of all times show it, and in one way.
  private var dateOrder: String? {
    let orders = Set(
      timeFormats.values.map { format in
        guard case .written(let dayFirst) = format.form, format.undecidedIn == nil else { return nil as Bool? }
        return dayFirst
      })
    guard orders.count == 1, let only = orders.first, let dayFirst = only else { return nil }
    return dayFirst ? "day-first" : "month-first"
  }
}
