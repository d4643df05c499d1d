import ArgumentParser
import Ragged

extension PredictCommand {
  /// Checks that nothing is asked for that needs whole sequences.
  func checkFollowing() throws {
    if inputs.count != 1 {
      throw ValidationError("--follow reads the lines of one input, and there are \(inputs.count)")
    }
    let others: [(option: String, isAsked: Bool)] = [
      ("--dataset", dataset != nil), ("--actual", actual), ("--columns", !columnValues.isEmpty),
      ("--output", output != nil), ("--to conll", to == .conll), ("--query", reading.query != nil),
      ("a part of the sequences", !part.isEmpty || part.condition != nil || part.classNames != nil),
      ("--beam", beam != TrainedModel.usualBeam), ("--batch-size", batchSize != Trainer.usualBatchSize),
    ]
    if let other = others.first(where: \.isAsked) {
      throw ValidationError(
        "\(other.option) needs whole sequences, and --follow answers line by line: leave one of them out")
    }
  }

  /// Answers lines as they come.
  func follow(_ model: TrainedModel) throws {
    if inputs[0] != "-", SequenceStore.isDatabase(at: inputs[0]) {
      throw ValidationError("\(inputs[0]) is a store, which has whole sequences and no lines: leave --follow out")
    }
    var stream = try FollowedStream(
      model, inputs[0], format: reading.format, asked: reading.settings,
      states: following.states ?? FollowedStream.usualStates, monitor: Interruption.monitor)
    let target = model.signature.target
    let format = PredictionFormat(to, target: target, top: top, thresholds: try thresholds(model, nil))
    let several =
      try target.parts.isEmpty
      ? nil
      : HeadsFormat(
        to, target.parts, top: top,
        thresholds: try target.parts.indices.map { try thresholds(model.head($0), nil) })
    Console.write(several?.header ?? format.header)
    let name = InputSource(inputs[0]).name
    var (isIntroduced, skipped) = (false, 0)
    func showNotes() throws {
      for note in try stream.takeNotes() where !Console.isQuiet { Console.error("\(name): \(note.advice)") }
    }
    while true {
      do {
        guard let step = try stream.next() else { break }
        if !isIntroduced, !Console.isQuiet {
          isIntroduced = true
          if let words = stream.reading?.rememberedWords, !words.isEmpty {
            Console.error("\(name): read as the training data was, with \(words)")
          }
          Console.error("\(name): \(stream.roles)")
        }
        try showNotes()
        if let dropped = step.dropped, !Console.isQuiet {
          Console.error(
            "\(name):\(step.line): the state of \"\(dropped)\" is dropped, of which nothing came for the longest "
              + "(--keep-states keeps \(following.states ?? FollowedStream.usualStates))")
        }
        let predictions = last ? step.predictions.map { $0.isPerTimestep ? $0.last : $0 } : step.predictions
        Console.write(try several?.text(predictions) ?? format.text(predictions[0]))
      } catch let error as InputError where !error.isFatal && following.onError != .stop {
        Console.error("left out: \(error.advice)")
        skipped += 1
      }
    }
    try showNotes()
    if skipped > 0, !Console.isQuiet {
      Console.error("\(name): \(skipped.counted("line")) left out")
    }
  }
}
