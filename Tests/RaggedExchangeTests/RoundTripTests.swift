import Foundation
import RaggedCore
import RaggedExchange
import RaggedFormats
import RaggedStore
import RaggedTraining
import Testing

/// What is written is read back bit for bit.
@Suite struct RoundTripTests {
  @Test(arguments: SampleNetwork.all, [(ModelFormat.safetensors, "m.safetensors"), (.keras, "m.npz")])
  func weightsAndNormalizationComeBack(_ network: SampleNetwork, _ format: (ModelFormat, String)) throws {
    let folder = try Folder()
    let checkpoint = try network.checkpoint()
    try checkpoint.export(to: folder.file(format.1), as: format.0)
    // Into a model of the same layers whose weights are others.
    var other = try Sequential(input: network.input, layers: network.layers, seed: 9)
    #expect(other.weights != (try network.model().weights))
    let imported = try ImportedWeights(for: other, contentsOf: folder.file(format.1), as: format.0)
    try other.setWeights(imported.weights)
    #expect(other.weights == (try network.model().weights))
    #expect(imported.normalization == network.normalization)
    #expect(ModelFormat(path: folder.file(format.1)) == format.0)
    let (start, isFromFile) = try checkpoint.importing(contentsOf: folder.file(format.1), as: format.0)
    #expect(start == checkpoint)
    #expect(isFromFile == network.isNormalized)
  }

  @Test(arguments: ColumnNetwork.all, [(ModelFormat.safetensors, "m.safetensors"), (.keras, "m.npz")])
  func weightsOfColumnsComeBack(_ network: ColumnNetwork, _ format: (ModelFormat, String)) throws {
    let folder = try Folder()
    let checkpoint = try network.checkpoint()
    try checkpoint.export(to: folder.file(format.1), as: format.0)
    let other = try network.model(seed: 9)
    let imported = try ImportedWeights(for: other, contentsOf: folder.file(format.1), as: format.0)
    #expect(imported.weights == (try network.trainer().model.weights))
    #expect(imported.normalization == (network.isNormalized ? checkpoint.normalization : nil))
    let (start, isFromFile) = try checkpoint.importing(contentsOf: folder.file(format.1), as: format.0)
    #expect(start == checkpoint)
    #expect(isFromFile == (network.isNormalized && checkpoint.normalization != nil))
  }

  @Test func otherColumnsAreRefused() throws {
    let folder = try Folder()
    let network = ColumnNetwork.all[0]
    let path = folder.file("m.npz")
    try network.checkpoint().export(to: path, as: .keras)
    var other = try network.checkpoint()
    other.context.signature?.input.timestep.numbers = ["lstm", "x"]
    #expect(
      message { _ = try other.importing(contentsOf: path, as: .keras) }
        == "\(path): the weights were made for other number columns, or for the same in another order: the file has \"x\" "
        + "at place 1, the model \"lstm\" at place 1")
    other = try network.checkpoint()
    other.context.signature?.input.statics.categories = [
      CategoryColumn("channel", Vocabulary(unit: .words, tokens: ["web", "phone"]))
    ]
    #expect(
      message { _ = try other.importing(contentsOf: path, as: .keras) }
        == "\(path): the weights were made for other categories of \"channel\", or for the same in another order: the file "
        + "has \"shop\" at place 3, the model \"phone\" at place 3")
  }

  @Test func halfANormalizationOfColumnsIsRefused() throws {
    let folder = try Folder()
    let network = ColumnNetwork.all[0]
    let model = try network.model()
    func written(_ names: [String: [Float]]) throws -> String {
      let path = folder.file("m.npz")
      var writer = try NPZWriter(path: path)
      for tensor in model.weights {
        try writer.add(tensor.name, NPYArray(shape: tensor.shape, .float32(tensor.values)))
      }
      for (name, values) in names.sorted(by: { $0.key < $1.key }) {
        try writer.add(name, NPYArray(shape: [values.count], .float32(values)))
      }
      try writer.finish()
      return path
    }
    let path = try written(["normalization/mean": [0, 0], "normalization/deviation": [1, 1]])
    #expect(
      message { _ = try ImportedWeights(for: model, contentsOf: path, as: .keras) }
        == "\(path): there is \"normalization/mean\", and no normalisation of the model's 1 feature per sequence: expected "
        + "both or neither")
    _ = try written([
      "normalization/mean": [0, 0], "normalization/deviation": [1, 1], "static_normalization/mean": [0],
    ])
    #expect(
      message { _ = try ImportedWeights(for: model, contentsOf: path, as: .keras) }
        == "\(path): there is \"static_normalization/mean\" without its other half, expected both or neither")
  }

  @Test func theSameModelGivesTheSameBytes() throws {
    let folder = try Folder()
    for format in ModelFormat.allCases {
      for name in ["a", "b"] { try SampleNetwork.all[0].checkpoint().export(to: folder.file(name), as: format) }
      #expect(try bytes(of: folder.file("a")) == bytes(of: folder.file("b")))
    }
  }

  @Test func importedWeightsTrainOn() throws {
    let folder = try Folder()
    let network = SampleNetwork.named("both")
    try network.checkpoint().export(to: folder.file("m.npz"), as: .keras)
    let (start, _) = try network.checkpoint().importing(contentsOf: folder.file("m.npz"), as: .keras)
    let trainer = try start.trainer(threads: 1)
    var batch = network.batch
    batch.targets = .valuesPerSequence(SampleNetwork.numbers(10), width: 2)
    let first = try trainer.trainStep(batch).mean
    for _ in 0..<20 { try trainer.trainStep(batch) }
    #expect(try trainer.evaluate(batch).mean < first)
  }

  @Test func nothingIsLeftOfTheTrainingBefore() throws {
    let network = SampleNetwork.named("both")
    let trainer = try network.trainer()
    var batch = network.batch
    batch.targets = .valuesPerSequence(SampleNetwork.numbers(10), width: 2)
    try trainer.trainStep(batch)
    var trained = try trainer.checkpoint(context: CheckpointContext(signature: network.signature))
    trained.state.progress.epoch = 3
    let folder = try Folder()
    try network.checkpoint().export(to: folder.file("m.safetensors"), as: .safetensors)
    let start =
      try trained
      .importing(contentsOf: folder.file("m.safetensors"), as: .safetensors).checkpoint
    #expect(start == (try network.checkpoint()))
    #expect(start.state.progress.epoch == 0)
    #expect(try start.trainer(threads: 1).stepsTaken == 0)
  }

  @Test func otherNamesAreRefused() throws {
    let folder = try Folder()
    let network = SampleNetwork.named("last")
    for (format, name) in [(ModelFormat.safetensors, "m.safetensors"), (.keras, "m.npz")] {
      let path = folder.file(name)
      try network.checkpoint().export(to: path, as: format)
      var other = try network.checkpoint()
      other.context.signature?.target = .valuesPerSequence(["y0", "y2", "y1"])
      #expect(
        message { _ = try other.importing(contentsOf: path, as: format) }
          == "\(path): the weights were made for other values, or for the same in another order: the file has \"y1\" at "
          + "place 2, the model \"y2\" at place 2")
    }
  }

  @Test func whatIsNotThereOrCannotBeWrittenIsNamed() throws {
    let folder = try Folder()
    let model = try SampleNetwork.all[0].model()
    let path = folder.file("none.npz")
    #expect(
      message { _ = try ImportedWeights(for: model, contentsOf: path, as: .keras) }
        == "\(path): cannot be opened: No such file or directory")
    #expect(
      message { _ = try ImportedWeights(for: model, contentsOf: folder.path, as: .onnx) }
        == "\(folder.path): weights are not read from onnx, expected safetensors or keras")
    for format in ModelFormat.allCases {
      #expect(throws: WriterError.self) {
        try SampleNetwork.all[0].checkpoint().export(to: folder.file("none/m"), as: format)
      }
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
  }

  @Test func kerasCannotNormalizeByAlmostNothing() throws {
    let folder = try Folder()
    let network = SampleNetwork.named("last")
    let trainer = try Trainer(
      model: try network.model(), loss: .meanSquaredError,
      normalization: Normalization(mean: [0, 0, 0], deviation: [1, 1e-9, 1]), threads: 1)
    let path = folder.file("m.npz")
    #expect(
      message { try trainer.checkpoint().export(to: path, as: .keras) }
        == "\(path): feature 2 has the deviation 1e-09, and Keras normalises by 1e-7 to 1e19 alone: scale that feature "
        + "before training")
    try trainer.checkpoint().export(to: folder.file("m.safetensors"), as: .safetensors)
  }
}
