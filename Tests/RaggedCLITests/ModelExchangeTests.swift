import Foundation
import Testing

/// Models to and from other frameworks' files.
@Suite struct ModelExchangeTests {
  private static let model = "bidirectional(lstm(3, sequences)) lstm(2)"

  /// A store and a model trained on it.
  private func trained(_ options: String...) throws -> Workspace {
    let work = try Workspace()
    try work.write("readings.csv", Sample.readings())
    try work.good("import", "s.sqlite", "readings.csv", "--split", "0.8,0.1,0.1", "--seed", "1")
    let result = try work.ragged(
      ["train", "s.sqlite", "--model", Self.model, "--epochs", "2", "-q", "-o", "m"] + options)
    #expect(result.status == 0, "\(result.errors)")
    return work
  }

  @Test func aModelGoesOutAndComesBack() throws {
    let work = try trained("--normalize")
    let expected = try work.good("predict", "m.last.ragged", "s.sqlite").output
    for (ending, format) in [("safetensors", "safetensors"), ("npz", "keras")] {
      let file = "w.\(ending)"
      #expect(
        try work.good("export", "m.last.ragged", file).output
          == "wrote \(file) (\(format)): 222 weights in 11 tensors, with normalisation\n")
      try work.good("import-weights", "m.best.ragged", file, "--output", "back.ragged")
      #expect(try work.good("predict", "back.ragged", "s.sqlite").output == expected)
      #expect(
        try work.good("import-weights", Self.model, file, "--store", "s.sqlite", "-o", "fresh.ragged").output
          == "wrote fresh.ragged: 222 weights in 11 tensors of \(file), normalisation of \(file)\n")
      #expect(try work.good("predict", "fresh.ragged", "s.sqlite").output == expected)
      try work.good("evaluate", "fresh.ragged", "s.sqlite")
    }
    try work.good("export", "m.last.ragged", "model", "--to", "onnx")
    #expect(try work.data("model").count > 1000)
  }

  @Test func importedWeightsTrainOnWithTheOptionsGiven() throws {
    let work = try trained()
    try work.good("export", "m.last.ragged", "w.safetensors")
    #expect(
      try work.good(
        "import-weights", Self.model, "w.safetensors", "--store", "s.sqlite", "-o", "start.ragged", "--epochs", "3",
        "--batch-size", "4", "--optimizer", "sgd", "--normalize", "--validation-split", "validation"
      ).output.hasSuffix("normalisation of data\n"))
    let output = try work.good("train", "s.sqlite", "--resume", "start.ragged").output
    #expect(output.contains("epoch 1/3") && output.contains("epoch 3/3") && output.contains("val_loss"))
    #expect(work.names.contains("start.last.ragged"))
    // A model whose weights were replaced goes on from the start too.
    try work.good("import-weights", "m.last.ragged", "w.safetensors", "-o", "again.ragged")
    #expect(try work.good("train", "s.sqlite", "--resume", "again.ragged").output.contains("epoch 1/2"))
  }

  @Test func whatMakesNoSenseIsRefused() throws {
    let work = try trained()
    try work.write("w.bin", "x")
    try work.write("w.npz", "x")
    try work.write("w.safetensors", "x")
    let names = work.names
    let cases: [(Int32, String, [String])] = [
      (
        64,
        "out.pt does not end in .safetensors, .npz or .onnx: say what to write with --to safetensors, keras or onnx",
        ["export", "m.last.ragged", "out.pt"]
      ),
      (66, "none.ragged: no such file", ["export", "none.ragged", "w.onnx"]),
      (65, "w.bin: is neither a store nor a model", ["export", "w.bin", "out.onnx"]),
      (73, "none/out.onnx: cannot create: No such file or directory", ["export", "m.last.ragged", "none/out.onnx"]),
      (
        64, "w.bin does not end in .safetensors or .npz: say what it is with --from safetensors or keras",
        ["import-weights", "m.last.ragged", "w.bin", "-o", "n.ragged"]
      ),
      (64, "--from is onnx, expected", ["import-weights", "m.last.ragged", "w.bin", "--from", "onnx", "-o", "n"]),
      (
        64, "there is no checkpoint lstm(3), and a description needs --store",
        ["import-weights", "lstm(3)", "w.npz", "-o", "n.ragged"]
      ),
      (
        64, "m.last.ragged is a checkpoint, which names its own data: leave --store and --dataset out",
        ["import-weights", "m.last.ragged", "w.npz", "-o", "n.ragged", "--store", "s.sqlite"]
      ),
      (
        64, "m.last.ragged is a checkpoint, which says itself how it is trained: leave options of training, such as",
        ["import-weights", "m.last.ragged", "w.npz", "-o", "n.ragged", "--batch-size", "3"]
      ),
      (65, "w.npz: is no zip archive", ["import-weights", "m.last.ragged", "w.npz", "-o", "n.ragged"]),
      (65, "w.safetensors: 1 byte is no", ["import-weights", "m.last.ragged", "w.safetensors", "-o", "n.ragged"]),
      (
        66, "gone.npz: cannot be opened: No such file",
        ["import-weights", "m.last.ragged", "gone.npz", "-o", "n.ragged"]
      ),
      (
        64, "there is no layer \"gru\"", ["import-weights", "gru(3)", "w.npz", "-o", "n.ragged", "--store", "s.sqlite"]
      ),
    ]
    for (status, message, arguments) in cases {
      let result = try work.ragged(arguments)
      #expect(result.status == status, "\(arguments): \(result.errors)")
      #expect(result.errors.contains(message), "\(arguments): \(result.errors)")
    }
    #expect(work.names == names)
  }

  @Test func classesInAnotherOrderAreRefused() throws {
    let work = try trained()
    try work.good("export", "m.last.ragged", "w.safetensors")
    // The first sequence gives the first class: here the other one.
    try work.write("other.csv", Sample.readings(1..<11))
    try work.good("import", "o.sqlite", "other.csv")
    try work.bad(
      65,
      "the weights were made for other classes, or for the same in another order: the file has \"run\" at place 1, "
        + "the model \"walk\" at place 1", "import-weights", Self.model, "w.safetensors", "--store", "o.sqlite", "-o",
      "n.ragged")
  }
}
