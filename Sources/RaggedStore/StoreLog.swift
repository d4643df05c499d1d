import Logging

/// What a user may want to know of a store's work, under the label `ragged.store`. Where no handler was set up, swift-log
/// shows nothing below `info`, which is what the ordinary is told at.
enum StoreLog {
  /// Made at each use, so that a handler that is set up late is heard too; none of the uses is in a loop over data.
  static var logger: Logger { Logger(label: "ragged.store") }
}
