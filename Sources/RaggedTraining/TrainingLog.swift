import Logging

/// What a user may want to know of training, under the label `ragged.training`; the ordinary is told at `debug`.
enum TrainingLog {
  /// Made at each use, so that a handler that is set up late is heard too; none of the uses is in a loop over data.
  static var logger: Logger { Logger(label: "ragged.training") }
}
