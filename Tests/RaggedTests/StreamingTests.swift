import Foundation
import Ragged
import Testing

/// Timesteps that an app has, answered one at a time.
@Suite struct StreamingTests {
  private static let text = """
    id,when,x,kind,age,label
    a,2024-01-01T00:00:00,1.5,p,40,u
    a,2024-01-01T00:01:30,,q,40,v
    a,2024-01-01T00:02:00,-0.5,,40,u
    b,2024-01-02T10:00:00,0.25,r,,v
    b,2024-01-02T10:00:01,,p,,v
    c,2024-01-03T00:00:00,2,q,50,u
    c,,0.5,q,50,u
    c,2024-01-03T01:00:00,1,p,50,v

    """

  private static func file(_ text: String) throws -> URL {
    let url = FileManager.default.temporaryDirectory.appending(path: "ragged-stream-\(UUID().uuidString).csv")
    try Data(text.utf8).write(to: url)
    return url
  }

  private static func model(_ inputs: [String], _ target: String, _ layers: String, ends: Bool? = nil) throws -> (
    TrainedModel, RecordSource
  ) {
    let url = try file(text)
    defer { try? FileManager.default.removeItem(at: url) }
    let options = TableOptions(
      target: ["label"], targetKind: .classPerTimestep, time: "", times: ["when"], statics: ["age"])
    let choice = ColumnChoice(inputs: inputs, target: [target], ends: ends)
    let source = try RecordSource(url.path, options: options, choice: choice)
    let description = try ModelDescription(layers)
    let network = try Sequential(
      input: description.input(for: source.signature), layers: description.layers(for: source.signature), seed: 3)
    let loss: Loss = source.signature.target.isClass ? .sparseCategoricalCrossentropy : .meanSquaredError
    let trainer = try Trainer(model: network, loss: loss)
    return (try TrainedModel(trainer, signature: source.signature, columns: choice), source)
  }

  private static let seconds: [String: [Double?]] = [
    "a": [1_704_067_200, 1_704_067_290, 1_704_067_320], "b": [1_704_189_600, 1_704_189_601],
    "c": [1_704_240_000, nil, 1_704_243_600],
  ]

  /// The rows of a key as an app has them.
  private static func rows(_ key: String, _ columns: [String]) -> [[String: StreamingPredictor.Cell]] {
    let rows = text.split(separator: "\n").dropFirst().map {
      $0.split(separator: ",", omittingEmptySubsequences: false)
    }
    return rows.filter { $0[0] == key }.enumerated().map { t, cells in
      var row: [String: StreamingPredictor.Cell] = [:]
      for name in columns {
        switch name {
        case "x": row[name] = Float(cells[2]).map { .number($0) } ?? .missing
        case "age": row[name] = Float(cells[4]).map { .number($0) } ?? nil
        case "kind": row[name] = .name(String(cells[3]))
        default: row[name] = seconds[key]?[t].map { .time(microseconds: Int64($0 * 1e6)) } ?? .missing
        }
      }
      return row
    }
  }

  @Test(arguments: [
    (
      ["x", "kind", "age", "when:delta", "when:elapsed", "when:hour"], "label", "embedding(3) lstm(5, sequences)", false
    ),
    (["x", "age"], "label", "missing(last, since) statics(state) lstm(4, sequences)", false),
    (["kind"], "kind@1", "embedding(3) lstm(5, sequences)", false),
    (["kind", "x"], "kind@1", "embedding(3) lstm(5, sequences)", true),
  ])
  func stepByStepIsTheWhole(_ inputs: [String], _ target: String, _ layers: String, _ ends: Bool) throws {
    let (model, source) = try Self.model(inputs, target, layers, ends: ends ? true : nil)
    let predictor = try StreamingPredictor(model)
    #expect(predictor.headNames.isEmpty)
    var whole: [String: Prediction] = [:]
    try model.predict(model.predictable(source)) {
      whole[$0.key] = $0
      return true
    }
    #expect(whole.count == 3)
    // Interleaved: a step of each key in turn.
    var states: [String: StreamingPredictor.State] = [:]
    var found: [String: [Float]] = [:]
    for t in 0..<3 {
      for key in ["c", "a", "b"] {
        let rows = Self.rows(key, predictor.columnNames)
        guard t < rows.count else { continue }
        var state = states[key] ?? predictor.start()
        let answer = try predictor.step(rows[t], &state)
        #expect(answer.count == 1 && answer[0].isPerTimestep && state.timesteps == t + 1)
        #expect(answer[0].firstRow == (ends && t > 0 ? t + 1 : t))
        // The begin is a row of its own.
        #expect(answer[0].rows == (ends && t == 0 ? 2 : 1))
        found[key, default: []] += answer[0].outputs
        states[key] = state
      }
    }
    for (key, prediction) in whole {
      #expect(found[key]?.map(\.bitPattern) == prediction.outputs.map(\.bitPattern), "\(key)")
      #expect(prediction.classNames == model.classNames)
    }
  }

  @Test func featuresComeAsNumbersToo() throws {
    let (model, source) = try Self.model(["x"], "label", "lstm(4, sequences)")
    let predictor = try StreamingPredictor(model)
    var (state, other) = (predictor.start(), predictor.start())
    for value: Float in [1.5, .nan, -0.5] {
      let answer = try predictor.step([value], &state)
      let named = try predictor.step(["x": value.isNaN ? nil : .number(value)], &other)
      #expect(answer == named && answer[0].className(row: 0) != nil)
    }
    #expect(state == other && state.timesteps == 3)
    // A timestep that does not count is answered as before.
    let before = try predictor.step([0.5], &state)
    let masked = try predictor.step([9], isValid: false, &state)
    #expect(masked[0].outputs == before[0].outputs && state.timesteps == 5)
    _ = source
  }

  @Test func whatDoesNotFitIsSaidAndLeavesTheState() throws {
    let (model, _) = try Self.model(["x", "kind", "age", "when:delta"], "label", "embedding(3) lstm(4, sequences)")
    let predictor = try StreamingPredictor(model)
    #expect(predictor.columnNames == ["x", "when", "kind", "age"])
    var state = predictor.start()
    _ = try predictor.step(["x": 1, "age": 40, "kind": "p"], &state)
    let kept = state
    func refused(_ row: [String: StreamingPredictor.Cell], _ words: String) {
      do {
        _ = try predictor.step(row, &state)
        Issue.record("\(row) is taken")
      } catch {
        #expect("\(error)".contains(words), "\(error)")
      }
      #expect(state == kept)
    }
    refused(["xx": 1, "age": 40], "the model has no column \"xx\"")
    refused(["x": "one", "age": 40], "expected a number")
    refused(["x": .number(.infinity), "age": 40], "expected a finite number")
    refused(["kind": 3, "age": 40], "expected a category")
    refused(["x": 1, "age": 41], "is another than at the timesteps before")
    refused(["x": 1], "is another than at the timesteps before")
    #expect(throws: TrainingError.self) { try predictor.step([1], &state) }
    // A name that the model does not know is the unknown name.
    _ = try predictor.step(["x": 1, "age": 40, "kind": "never"], &state)
    #expect(state.timesteps == 2)
  }

  /// Lines of a file, the library's way; states beyond those that are kept begin anew.
  @Test func linesAreFollowed() throws {
    let (model, source) = try Self.model(["x", "kind"], "label", "embedding(3) lstm(4, sequences)")
    var whole: [String: Prediction] = [:]
    try model.predict(model.predictable(source)) {
      whole[$0.key] = $0
      return true
    }
    let url = try Self.file(Self.text)
    defer { try? FileManager.default.removeItem(at: url) }
    var stream = try FollowedStream(model, url.path, states: 1)
    var (found, dropped) = ([String: [Float]](), [String]())
    while let step = try stream.next() {
      found[step.predictions[0].key, default: []] += step.predictions[0].outputs
      dropped += step.dropped.map { ["\(step.line) \($0)"] } ?? []
    }
    #expect(found == whole.mapValues(\.outputs))
    #expect(dropped == ["5 a", "7 b"])
    #expect(stream.roles.contains("id: \"id\""), "\(stream.roles)")
  }
}
