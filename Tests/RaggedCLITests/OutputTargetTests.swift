import Foundation
import Testing

/// Outputs that are not what the target and the loss need are refused before anything is trained.
@Suite struct OutputTargetTests {
  private static let classes = "id,x,label\na,1,run\na,2,run\nb,-3,walk\nc,-2,walk\n"
  private static let three = "id,x,label\na,1,run\nb,-3,walk\nc,-2,jump\n"
  private static let values = "id,x,u,v\na,1,0.5,1\na,2,0.5,1\nb,3,0.25,0\n"
  private static let states = "id,t,x,label\na,0,1,run\na,1,-2,walk\nb,0,3,run\n"

  private static func workspace() throws -> Workspace {
    let work = try Workspace()
    for (name, text, options) in [
      ("classes", classes, []), ("three", three, []), ("values", values, ["--features", "x", "--target", "u,v"]),
      ("states", states, ["--target", "label", "--target-kind", "class-per-step"]),
    ] {
      try work.write("\(name).csv", text)
      let result = try work.ragged(["import", "s.sqlite", "\(name).csv", "--dataset", name] + options)
      #expect(result.status == 0, "\(result.errors)")
    }
    return work
  }

  @Test func whatDoesNotFitIsRefusedInTheUsersWords() throws {
    let work = try Self.workspace()
    let two = "expected dense(2, softmax), or dense(1, sigmoid) with binary_crossentropy"
    let sparse = "sparse_categorical_crossentropy"
    let cases: [(String, String, String?, Int32, String)] = [
      // The number of outputs.
      (
        "classes", "lstm(3) dense(16, relu)", nil, 65,
        "the last layer, dense(16, relu), gives 16 outputs, and the target is 2 classes (run, walk): \(two)"
      ),
      (
        "classes", "lstm(3) dense(4, softmax)", nil, 65,
        "the last layer, dense(4, softmax), gives 4 outputs, and the target is 2 classes (run, walk): \(two)"
      ),
      (
        "three", "lstm(3) dense(2, softmax)", nil, 65,
        "the last layer, dense(2, softmax), gives 2 outputs, and the target is 3 classes (run, walk, jump): "
          + "expected dense(3, softmax)"
      ),
      (
        "three", "lstm(3) dense(1, sigmoid)", nil, 65,
        "the last layer, dense(1, sigmoid), gives 1 output, and the target is 3 classes (run, walk, jump): "
          + "expected dense(3, softmax)"
      ),
      (
        "three", "lstm(3) dense(1, sigmoid)", "binary_crossentropy", 65,
        "the last layer, dense(1, sigmoid), gives 1 output, and the target is 3 classes (run, walk, jump): "
          + "expected dense(3, sigmoid)"
      ),
      (
        "classes", "lstm(3) dense(1, sigmoid)", sparse, 65,
        "the last layer, dense(1, sigmoid), gives 1 output, and the target is 2 classes (run, walk): \(two)"
      ),
      (
        "classes", "lstm(3) dense(3)", "mean_squared_error", 65,
        "the last layer, dense(3), gives 3 outputs, and the target is 2 classes (run, walk): expected dense(2, softmax)"
      ),
      (
        "values", "lstm(3) dense(3)", nil, 65,
        "the last layer, dense(3), gives 3 outputs, and the target is 2 values (u, v): expected dense(2)"
      ),
      (
        "values", "lstm(3) dense(1)", "mean_absolute_error", 65,
        "the last layer, dense(1), gives 1 output, and the target is 2 values (u, v): expected dense(2)"
      ),
      // What they can be.
      (
        "classes", "lstm(3) dense(2)", nil, 64,
        "the last layer, dense(2), gives any numbers, and \(sparse) compares probabilities: \(two)"
      ),
      (
        "classes", "lstm(3) dense", nil, 64,
        "the last layer, dense(2), gives any numbers, and \(sparse) compares probabilities: \(two)"
      ),
      (
        "classes", "lstm(3) dense(2, relu)", "categorical_crossentropy", 64,
        "the last layer, dense(2, relu), gives numbers of 0 and more, and categorical_crossentropy compares "
          + "probabilities: \(two)"
      ),
      (
        "classes", "lstm(3) dense(1, tanh)", nil, 64,
        "the last layer, dense(1, tanh), gives numbers from -1 to 1, and binary_crossentropy compares probabilities: "
          + "expected dense(1, sigmoid)"
      ),
      (
        "classes", "lstm(3) dense(1)", nil, 64,
        "the last layer, dense(1), gives any numbers, and binary_crossentropy compares probabilities: "
          + "expected dense(1, sigmoid)"
      ),
      (
        "classes", "lstm(3) dense(1, softmax)", nil, 64,
        "the last layer, dense(1, softmax), gives 1 whatever goes in: a softmax divides one output by itself"
      ),
      (
        "states", "lstm(3, sequences) time_distributed(2, tanh)", nil, 64,
        "the last layer, time_distributed(2, tanh), gives numbers from -1 to 1, and \(sparse) compares probabilities: "
          + "expected time_distributed(2, softmax), or time_distributed(1, sigmoid) with binary_crossentropy"
      ),
      (
        "values", "lstm(3) dense(2)", "binary_crossentropy", 64,
        "the last layer, dense(2), gives any numbers, and binary_crossentropy compares probabilities: "
          + "expected dense(2, sigmoid)"
      ),
      (
        "values", "lstm(3) dense(2, relu)", "categorical_crossentropy", 64,
        "the last layer, dense(2, relu), gives numbers of 0 and more, and categorical_crossentropy compares "
          + "probabilities: expected dense(2, softmax)"
      ),
      // When they come.
      (
        "states", "lstm(3) dense(2, softmax)", nil, 65,
        "the model gives one output per sequence, and the target comes per timestep: expected a last lstm with sequences"
      ),
      (
        "classes", "lstm(3, sequences) dense(2, softmax)", nil, 65,
        "the model gives an output per timestep, and the target comes per sequence: expected a last lstm without sequences, "
          + "or last before the output layer"
      ),
    ]
    let names = work.names
    for (dataset, model, loss, status, message) in cases {
      let options = ["--dataset", dataset] + (loss.map { ["--loss", $0] } ?? [])
      let result = try work.ragged(["train", "s.sqlite", "--model", model, "--epochs", "1"] + options)
      #expect(result.status == status, "\(model): \(result.errors)")
      #expect(result.errors == "ragged: error: model \"\(model)\": \(message)\n")
      #expect(result.output == "")
    }
    // No checkpoint, and no run.
    #expect(work.names == names)
    #expect(try work.good("runs", "s.sqlite", "--json").output.filter { !$0.isWhitespace } == "[]")
  }

  @Test func weightsForSuchAModelAreNotImported() throws {
    let work = try Self.workspace()
    try work.write("w.npz", "x")
    try work.bad(
      65, "model \"lstm(3) dense(4)\": the last layer, dense(4), gives 4 outputs, and the target is 2 classes",
      "import-weights", "lstm(3) dense(4)", "w.npz", "--store", "s.sqlite", "-d", "classes", "-o", "n.ragged")
    #expect(!work.names.contains("n.ragged"))
  }

  @Test func whatFitsTrains() throws {
    let work = try Self.workspace()
    let cases: [(String, String, String?)] = [
      ("classes", "lstm(3)", nil), ("classes", "lstm(3) dense(softmax)", nil),
      ("classes", "lstm(3) dense(1, sigmoid)", nil),
      ("classes", "lstm(3) dense(sigmoid)", nil), ("classes", "lstm(3) dense(sigmoid)", "binary_crossentropy"),
      ("classes", "lstm(3)", "binary_crossentropy"), ("classes", "lstm(3) dense(2)", "mean_squared_error"),
      ("three", "lstm(3) dense(3, sigmoid)", "binary_crossentropy"),
      ("values", "lstm(3) dense(2, relu)", nil), ("values", "lstm(3)", "binary_crossentropy"),
      ("values", "lstm(3)", "categorical_crossentropy"),
      ("states", "lstm(3, sequences) time_distributed(2, softmax)", nil),
      ("states", "lstm(3, sequences) dense(1, sigmoid)", nil),
    ]
    for (dataset, model, loss) in cases {
      let options = ["--dataset", dataset] + (loss.map { ["--loss", $0] } ?? [])
      let result = try work.ragged(["train", "s.sqlite", "--model", model, "--epochs", "1", "-q", "--force"] + options)
      #expect(result.status == 0, "\(model): \(result.errors)")
      let json = try work.good("evaluate", "model.last.ragged", "s.sqlite", "-d", dataset, "--json").output
      // Values have no matrix, whatever the loss.
      #expect(json.contains("confusion") == (dataset != "values" && loss != "mean_squared_error"), "\(model) \(json)")
      let rows = try work.good("predict", "model.last.ragged", "s.sqlite", "-d", dataset).outputLines.dropLast()
        // Labels that are named, of which there may be none.
        .map { $0.split(separator: ",", omittingEmptySubsequences: false) }
      #expect(Set(rows.map(\.count)).count == 1, "\(rows)")
    }
  }

  /// A target beyond what a probability can be would have a loss without a least value.
  @Test func valuesThatAreNoProbabilitiesAreRefused() throws {
    let work = try Workspace()
    try work.write("a.csv", "id,x,u\na,1,0.5\nb,3,1.5\n")
    try work.good("import", "s.sqlite", "a.csv", "--features", "x", "--target", "u")
    try work.bad(
      65, "the batch holds target value 1.5, and binary_crossentropy compares with probabilities, 0 to 1",
      "train", "s.sqlite", "--loss", "binary_crossentropy", "-q")
  }
}
