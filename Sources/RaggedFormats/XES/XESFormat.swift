import RaggedCore

extension FileFormat {
  /// XES event logs: a trace is a sequence, an event a timestep.
  public static let xes = FileFormat.table(
    "xes", extensions: ["xes"], isText: true, isStreamed: true,
    summary: "event logs: a trace is a sequence, an event a timestep"
  ) { (source: InputSource, options: XESOptions) in
    try XESRows(source, options)
  }
}

/// How event logs in XES are read.
///
/// Attributes of events are columns per timestep under their own names, such as `concept:name`; attributes of traces are columns per
/// sequence with `case:` before theirs, as pm4py has them in tables. Strings and ids are text, dates times, ints, floats and
/// booleans numbers; lists and containers have no column and are said to be left out, as are attributes of attributes. By
/// default the key is `case:concept:name` and the times that order the events are those of `time:timestamp`.
public struct XESOptions: TableFormatOptions {
  /// What is asked of the columns.
  public var table: TableOptions

  /// Every option at its default.
  public init() { table = TableOptions() }

  /// Options as those of a table.
  public init(_ table: TableOptions) { self.table = table }
}
