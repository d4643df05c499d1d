import RaggedCore

/// What becomes of a row of a long table whose id is empty.
public enum BlankIDs: String, Sendable, CaseIterable {
  /// It belongs to the id above where the first thousand rows have ids in the first rows of sequences alone; else it is an error.
  case auto
  /// It belongs to the id above.
  case fill
  /// It is an error.
  case refuse
}

extension TableOptions {
  /// The formats of times that have a name.
  public static var timeFormatNames: [String] { TimeFormat.names }
}

/// Options of a format whose rows may have to be grouped.
package protocol RowGroupingOptions: FormatOptions {
  /// What becomes of rows of a sequence that do not stand together.
  var grouping: RowGrouping { get set }
}

extension TableOptions: RowGroupingOptions {}

extension RowGroupingOptions where Self: TableFormatOptions {
  /// That of the table.
  package var grouping: RowGrouping {
    get { table.grouping }
    set { table.grouping = newValue }
  }
}

extension ParquetFileOptions: RowGroupingOptions {}
extension XESOptions: RowGroupingOptions {}

extension OptionField {
  /// The fields that say in which order rows are taken.
  static func rowOrder(
    timeFormat: WritableKeyPath<Options, String?>, order: WritableKeyPath<Options, String?>,
    grouping: WritableKeyPath<Options, RowGrouping>, blankIDs: WritableKeyPath<Options, BlankIDs>
  ) -> [OptionField] {
    [
      .text(.timeFormat, timeFormat), .text(.order, order), .choice(.rowGrouping, grouping, usual: .auto),
      .choice(.blankIDs, blankIDs, usual: .auto),
    ]
  }

  private static func choice<Choice: RawRepresentable<String> & CaseIterable & Equatable>(
    _ setting: ReaderSetting, _ path: WritableKeyPath<Options, Choice>, usual: Choice
  ) -> OptionField {
    OptionField(
      setting: setting, value: { $0[keyPath: path] == usual ? nil : [$0[keyPath: path].rawValue] },
      set: { $0[keyPath: path] = try Choice(option: $1, setting) })
  }
}

extension TableLayoutResolver {
  /// Whether rows without an id belong to the id above them.
  func fillsIDs(_ layout: TableLayout, _ sample: TableSample) -> Bool {
    guard layout.id != nil else { return false }
    return switch options.blankIDs {
    case .fill: true
    case .refuse: false
    case .auto: sample.ids.standInFirstRows
    }
  }

  /// Finds the column that orders the rows, and how times are written.
  func findOrder(_ layout: inout TableLayout, _ sample: TableSample) throws {
    switch options.order {
    case nil: layout.order = layout.time
    case "": layout.order = nil
    case let name?: layout.order = try column(name)
    }
    let times = Set(layout.further.filter { $0.column.kind == .time }.map(\.index))
    for index in times.union([layout.time, layout.order].compactMap { $0 }).sorted() {
      let isTime = times.contains(index) || index == layout.time
      if isTime, let format = options.timeFormat {
        layout.timeFormats[index] = try TimeFormat(format)
      } else {
        layout.timeFormats[index] = guessedFormat(index, isTime: isTime, &layout, sample)
      }
    }
    if layout.fillsIDs, options.blankIDs == .auto, let id = layout.id {
      layout.guesses.notes.append(
        InputNote(
          "column \(names[id].quotedForMessage) has an id in the first row of a sequence alone in \(sample.extent): rows "
            + "without one belong to the id above", remedy: .refuseBlankIDs))
    }
  }

  private func guessedFormat(
    _ index: Int, isTime: Bool, _ layout: inout TableLayout, _ sample: TableSample
  ) -> TimeFormat {
    let column = sample.columns[index]
    let name = names[index].quotedForMessage
    var format = TimeFormat()
    if let order = column.writtenOrder {
      format.form = .written(dayFirst: order != .month)
      switch order {
      case .day, .month: break
      case .either(let dayFirst):
        format.form = .written(dayFirst: dayFirst)
        format.undecidedIn = sample.extent
        layout.guesses.notes.append(
          InputNote(
            "column \(name) holds dates of which none in \(sample.extent) tells day from month: taken for the "
              + "\(dayFirst ? "day" : "month") first", remedy: .sayTimeFormat))
      }
      return format
    }
    // Beside dates, which end with the year 9999, numbers are the seconds of times beyond them.
    guard column.dates == 0 else { return format }
    format.unit =
      NamedUnit(names[index])?.ofTime ?? layout.guesses.timeUnits[index] ?? TimeUnit(largest: column.largest)
    if isTime, format.unit != .seconds {
      layout.guesses.notes.append(
        InputNote(
          "column \(name) holds numbers that are taken for \(format.unit.words) since 1970", remedy: .sayTimeFormat))
    }
    return format
  }
}
