import Foundation
import Ragged

/// Prints epochs as people know them: `30/30 [====================] 0.4 s, 13 ms/step, loss 0.6913, accuracy 0.5312`.
struct FitPrinter {
  let epochs: Int
  /// Stands in front of every line, where several models are trained.
  var label = ""
  /// The figure that decides which epoch is the best; nil for one that is shown anyhow.
  var monitor: WatchedFigure?
  var line = LiveLine()
  /// When the first step of all was reported, and how many epochs there were before it.
  var start: (time: ContinuousClock.Instant, epochs: Double)?

  mutating func report(_ event: FitEvent) {
    switch event {
    case .step(let epoch, let step, let steps, let sum, let seconds):
      let done = Double(epoch - 1) + Double(step) / Double(max(1, steps))
      if start == nil { start = (ContinuousClock.now, done) }
      let printer = self
      line.update(printer.live(epoch, step, steps, sum, seconds, done))
    case .epoch(let record, _):
      line.clear()
      guard !Console.isQuiet else { return }
      Console.print(
        "\(prefix(record.epoch))\(bar(record.steps, record.steps)) \(times(record.seconds, record.steps))"
          + figures(
            record.loss, record.accuracy, record.validationLoss, record.validationAccuracy, record.labelErrorRate,
            record.validationLabelErrorRate) + watched(record, nil) + heads(record))
    }
  }

  mutating func finish() { line.clear() }

  /// The line of a step, from all there is to say to the times that are left.
  private func live(_ epoch: Int, _ step: Int, _ steps: Int, _ sum: LossSum, _ seconds: Double, _ done: Double)
    -> [String]
  {
    let left = "ETA " + Format.duration(seconds / Double(max(1, step)) * Double(steps - step)) + rest(done)
    let start = "\(prefix(epoch))\(bar(step, steps)) "
    let short = "\(prefix(epoch))\(pad(step, steps))/\(steps) "
    let end = left + figures(sum.mean, sum.accuracy, nil, nil, sum.labelErrorRate)
    return [
      "\(start)\(times(seconds, step)), \(end)", start + end, short + end,
      short + left + figures(sum.mean, nil, nil, nil), short + left, left,
    ]
  }

  /// The time that all epochs will still take, `, all 2 min 5 s`, once enough is done to tell.
  private func rest(_ done: Double) -> String {
    guard let start, epochs > 1, done > start.epochs else { return "" }
    let seconds = (ContinuousClock.now - start.time) / .seconds(1)
    return ", all \(Format.duration(seconds / (done - start.epochs) * (Double(epochs) - done)))"
  }

  private func prefix(_ epoch: Int) -> String { "\(label)epoch \(pad(epoch, epochs))/\(epochs)  " }

  private func pad(_ number: Int, _ most: Int) -> String {
    let text = String(number)
    return String(repeating: " ", count: max(0, String(most).count - text.count)) + text
  }

  private func bar(_ step: Int, _ steps: Int) -> String {
    let filled = steps == 0 ? 20 : step * 20 / steps
    let arrow = filled < 20 ? String(repeating: "=", count: filled) + ">" : String(repeating: "=", count: 20)
    return "\(pad(step, steps))/\(steps) [\(arrow.padding(toLength: 20, withPad: ".", startingAt: 0))]"
  }

  private func times(_ seconds: Double, _ steps: Int) -> String {
    "\(Format.duration(seconds)), \(Format.duration(seconds / Double(max(1, steps))))/step"
  }

  /// The figure that decides which epoch is the best, of the whole or of a head.
  private func watched(_ record: EpochRecord, _ head: String?) -> String {
    guard let monitor, monitor.head == head, let value = record.validationFigures?[monitor.figure.rawValue] else {
      return ""
    }
    return ", \(monitor.figure.rawValue) \(Format.fixed(value, 4))"
  }

  /// Those of each of several heads, `; activity@1: loss 0.7, accuracy 0.8`.
  private func heads(_ record: EpochRecord) -> String {
    (record.heads ?? []).map { head in
      let figures = figures(
        head.loss, head.accuracy, head.validationLoss, head.validationAccuracy, head.labelErrorRate,
        head.validationLabelErrorRate)
      return "; \(head.name.printable):" + (figures + watched(record.of(head), head.name)).dropFirst(1)
    }.joined()
  }

  private func figures(
    _ loss: Double, _ accuracy: Double?, _ valLoss: Double?, _ valAccuracy: Double?, _ labelErrors: Double? = nil,
    _ valLabelErrors: Double? = nil
  ) -> String {
    // Of labels the errors are told, not the share of lists that are all right.
    [
      ("loss", loss), ("accuracy", labelErrors == nil ? accuracy : nil), ("label_error_rate", labelErrors),
      ("val_loss", valLoss), ("val_accuracy", valAccuracy), ("val_label_error_rate", valLabelErrors),
    ].compactMap { name, value in value.map { ", \(name) \(Format.fixed($0, 4))" } }.joined()
  }
}
