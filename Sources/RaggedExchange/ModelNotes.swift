import Foundation
import RaggedCore
import RaggedTraining

/// What a file of another framework says of a model beside its weights: JSON texts by name.
///
/// | name | holds |
/// |---|---|
/// | `producer` | `ragged` |
/// | `layers` | the layers, first to last, each an object: see ``LayerNote`` |
/// | `normalization` | that there is one, as a formula |
/// | `features` | the names of the features in their order |
/// | `columns` | where there are columns of several kinds, their names by input: see ``ColumnNotes`` |
/// | `door` | where they, or missing numbers, go through more than a normalisation, how: see ``DoorNote`` |
/// | `tokens`, `token_unit` | the text of each token index from 0, the unknown token, on; `characters` or `words` |
/// | `classes` or `values` | the names of the outputs |
/// | `target` | `sequence` or `timestep` |
/// | `target_scale` | where there is one, how targets were scaled: outputs are such values; see `TargetScale` |
/// | `loss` | what it was trained with |
/// | `heads` | of a model with several, in place of the four above: ``HeadNote`` |
struct ModelNotes {
  var texts: [String: String]
  /// The columns that go in, where they are known.
  var input: InputSignature?

  init(_ checkpoint: Checkpoint, _ model: Sequential) throws {
    texts = ["producer": "ragged"]
    texts["layers"] = try CompactJSON.text(LayerNote.all(of: model))
    if model.heads.isEmpty {
      texts["loss"] = checkpoint.loss.rawValue
      texts["target"] = model.isPerSequence ? "sequence" : "timestep"
    } else {
      texts["heads"] = try CompactJSON.text(HeadNote.all(of: model, checkpoint))
    }
    if checkpoint.normalization?.isApplied ?? false { texts["normalization"] = "(x - mean) / deviation" }
    if let scale = checkpoint.targetScale { texts["target_scale"] = try CompactJSON.text(scale) }
    if !model.hasPlainInput(checkpoint.normalization) { texts["door"] = try CompactJSON.text(DoorNote(model.input)) }
    guard let signature = checkpoint.context.signature else { return }
    input = signature.input
    if let vocabulary = signature.input.tokens?.vocabulary {
      texts["tokens"] = try CompactJSON.text([""] + vocabulary.tokens)
      texts["token_unit"] = vocabulary.unit.rawValue
    } else if signature.input.isFeatures {
      texts["features"] = try CompactJSON.text(signature.input.names)
    } else if signature.input.tokens == nil {
      texts["columns"] = try CompactJSON.text(ColumnNotes(signature.input))
    }
    let names = signature.target.names
    let target = signature.target
    let kind = target.isLabels ? "labels" : target.isClass ? "classes" : "values"
    if !names.isEmpty { texts[kind] = try CompactJSON.text(names) }
    // The output of no label; label k is output k + 1.
    if target.isLabels { texts["blank"] = "\(CTC.blank)" }
  }
}

extension ModelNotes {
  /// The lists of names among the texts of a file; what is no list of texts is left out.
  static func names(in texts: [String: String]) -> [String: [String]] {
    func read<Value: Decodable>(_ kind: String, as type: Value.Type) -> Value? {
      texts[kind].flatMap { try? JSONDecoder().decode(type, from: Data($0.utf8)) }
    }
    var result: [String: [String]] = [:]
    for kind in ["features", "tokens", "classes", "values", "labels"] { result[kind] = read(kind, as: [String].self) }
    return result.merging(read("columns", as: ColumnNotes.self)?.lists ?? [:]) { own, _ in own }
  }
}

/// The columns of each input in their order.
private struct ColumnNotes: Codable {
  /// A column of codes, and the name of each from 0, the unknown one, on.
  struct Codes: Codable {
    var name: String
    var names: [String]?

    init(_ column: CategoryColumn) {
      name = column.name
      names = column.vocabulary.map { [""] + $0.tokens }
    }
  }

  var values: [String]
  var codes: [Codes]
  var static_values: [String]
  var static_codes: [Codes]

  init(_ input: InputSignature) {
    (values, codes) = (input.timestep.numbers, input.timestep.categories.map(Codes.init))
    (static_values, static_codes) = (input.statics.numbers, input.statics.categories.map(Codes.init))
  }

  /// The names by what they are called in a message.
  var lists: [String: [String]] {
    var lists = [
      "number columns": values, "category columns": codes.map(\.name), "number columns per sequence": static_values,
      "category columns per sequence": static_codes.map(\.name),
    ]
    for column in codes + static_codes { lists["categories of \"\(column.name)\""] = column.names }
    return lists
  }
}

/// One of several heads: its layers behind the shared ones, and what it was trained for.
struct HeadNote: Encodable {
  var name: String
  var layers: [LayerNote]
  /// `sequence` or `timestep`.
  var target: String
  var loss: String
  /// The factor of its loss in the total.
  var weight: Double
  /// The names of its outputs, where they are known: classes, values or labels.
  var outputs: [String]?

  static func all(of model: Sequential, _ checkpoint: Checkpoint) throws -> [HeadNote] {
    let parts = checkpoint.context.signature?.target.parts ?? []
    return try model.heads.enumerated().map { place, head in
      let alone = try model.head(place)
      let judged = checkpoint.headLosses[place]
      return HeadNote(
        name: head.name, layers: Array(LayerNote.all(of: alone).suffix(head.layers.count)),
        target: alone.isPerSequence ? "sequence" : "timestep", loss: judged.loss.rawValue, weight: judged.weight,
        outputs: parts.indices.contains(place) ? parts[place].target.names : nil)
    }
  }
}

/// How columns come to the first layer.
struct DoorNote: Encodable {
  /// Columns per timestep, and per sequence.
  var numbers: Int
  var codes: Int
  var static_numbers: Int
  var static_codes: Int
  /// What stands for missing numbers, and what is said of them besides.
  var fill: InputOptions.Fill
  var indicators: Bool
  var since: Bool
  /// Where the columns per sequence go.
  var statics: InputOptions.Statics

  init(_ input: ModelInput) {
    (numbers, codes) = (input.featureCount, input.categories.count)
    (static_numbers, static_codes) = (input.staticFeatureCount, input.staticCategories.count)
    (fill, indicators, since) = (input.options.fill, input.options.indicators, input.options.since)
    statics = input.options.statics
  }
}

/// A layer as a script of a few lines can build it.
struct LayerNote: Encodable {
  /// A cell such as `LSTM`, or `Linear`, `Embedding`, `Dropout`, `Masking`, `CRF` or `Last`.
  var type: String
  /// Features, or tokens, that go in.
  var inputs: Int
  /// Units, or numbers per token, that come out (a direction).
  var units: Int
  /// Of the embedding of several columns: codes and numbers per code of each.
  var tables: [[Int]]?
  /// Of a cell whose first state is made of the columns per sequence: how many numbers these are, and how many they give a
  /// direction.
  var state: [Int]?
  /// Of a cell: whether it reads both ways, and how its outputs are merged.
  var bidirectional: Bool?
  var merge: String?
  /// Of a cell: whether each timestep has an output, and whether it reads from the end.
  var sequences: Bool?
  var backwards: Bool?
  /// Of a linear layer: the function at the end.
  var activation: String?
  /// The rate of dropout: of the layer, or of a cell's inputs.
  var dropout: Float?
  /// Of a mask: the value.
  var value: Float?

  static func all(of model: Sequential) -> [LayerNote] {
    var width = model.input.tokens ?? model.input.featureCount
    return model.layerShapes.map { _, layer, shapes in
      // What goes into a layer with weights is the rows of its kernel.
      if layer.recurrent != nil || layer.dense != nil { width = shapes[0][0] }
      var note = LayerNote(type: "", inputs: width, units: width)
      if let recurrent = layer.recurrent {
        note.type = recurrent.cell.title
        note.units = recurrent.layer.units
        note.bidirectional = recurrent.merge != nil
        note.merge = recurrent.merge?.rawValue
        note.sequences = recurrent.layer.returnSequences
        note.backwards = recurrent.layer.goBackwards
        note.dropout = recurrent.layer.dropout
        // Behind kernel, recurrent kernel and bias.
        if shapes.count > 3 * recurrent.count { note.state = shapes[3] }
        width = recurrent.width
      } else if let dense = layer.dense {
        note.type = "Linear"
        note.units = dense.units
        note.activation = dense.activation.rawValue
        width = dense.units
      } else if let embedding = layer.layer as? Embedding {
        note.type = "Embedding"
        note.inputs = embedding.inputCount
        note.units = embedding.units
        if model.input.tokens == nil { note.tables = embedding.tables.map { [$0.inputCount, $0.units] } }
        width = embedding.units
      } else if let dropout = layer.layer as? Dropout {
        note.type = "Dropout"
        note.dropout = dropout.rate
      } else if let masking = layer.layer as? Masking {
        note.type = "Masking"
        note.value = masking.maskValue
      } else if layer.layer is CRF {
        note.type = "CRF"
      } else if layer.layer is Last {
        note.type = "Last"
      }
      return note
    }
  }
}
