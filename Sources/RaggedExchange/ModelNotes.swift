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
/// | `tokens`, `token_unit` | the text of each token index from 0, the unknown token, on; `characters` or `words` |
/// | `classes` or `values` | the names of the outputs |
/// | `target` | `sequence` or `timestep` |
/// | `loss` | what it was trained with |
struct ModelNotes {
  var texts: [String: String]

  init(_ checkpoint: Checkpoint, _ model: Sequential) throws {
    texts = ["producer": "ragged", "loss": checkpoint.loss.rawValue]
    texts["layers"] = try CompactJSON.text(LayerNote.all(of: model))
    if checkpoint.normalization != nil { texts["normalization"] = "(x - mean) / deviation" }
    texts["target"] = model.isPerSequence ? "sequence" : "timestep"
    guard let signature = checkpoint.context.signature else { return }
    switch signature.input {
    case .features(let names): texts["features"] = try CompactJSON.text(names)
    case .tokens(_, let vocabulary?):
      texts["tokens"] = try CompactJSON.text([""] + vocabulary.tokens)
      texts["token_unit"] = vocabulary.unit.rawValue
    case .tokens: break
    }
    let names = signature.target.names
    if !names.isEmpty { texts[signature.target.isClass ? "classes" : "values"] = try CompactJSON.text(names) }
  }
}

extension ModelNotes {
  /// The lists of names among the texts of a file; what is no list of texts is left out.
  static func names(in texts: [String: String]) -> [String: [String]] {
    var result: [String: [String]] = [:]
    for kind in ["features", "tokens", "classes", "values"] {
      result[kind] = texts[kind].flatMap { try? JSONDecoder().decode([String].self, from: Data($0.utf8)) }
    }
    return result
  }
}

/// A layer as a script of a few lines can build it.
struct LayerNote: Encodable {
  /// `LSTM`, `Linear`, `Embedding`, `Dropout` or `Masking`.
  var type: String
  /// Features, or tokens, that go in.
  var inputs: Int
  /// Units, or numbers a token, that come out (a direction).
  var units: Int
  /// LSTM: whether it reads both ways, and how its outputs are merged.
  var bidirectional: Bool?
  var merge: String?
  /// LSTM: whether each timestep has an output, and whether it reads from the end.
  var sequences: Bool?
  var backwards: Bool?
  /// Linear: the function at the end.
  var activation: String?
  /// The rate of dropout: of the layer, or of an LSTM's inputs.
  var dropout: Float?
  /// Masking: the value.
  var value: Float?

  static func all(of model: Sequential) -> [LayerNote] {
    var width =
      switch model.input {
      case .features(let count): count
      case .tokens(let size): size
      }
    return model.layers.map { layer in
      var note = LayerNote(type: "", inputs: width, units: width)
      if let (lstm, directions) = layer.recurrent {
        note.type = "LSTM"
        note.units = lstm.units
        note.bidirectional = directions == 2
        note.sequences = lstm.returnSequences
        note.backwards = lstm.goBackwards
        note.dropout = lstm.dropout
        width = lstm.units
        if case .bidirectional(let both) = layer {
          note.merge = both.merge.rawValue
          if both.merge == .concat { width = 2 * lstm.units }
        }
      } else if let dense = layer.dense {
        note.type = "Linear"
        note.units = dense.units
        note.activation = dense.activation.rawValue
        width = dense.units
      } else if case .embedding(let embedding) = layer {
        note.type = "Embedding"
        note.inputs = embedding.inputCount
        note.units = embedding.units
        width = embedding.units
      } else if case .dropout(let dropout) = layer {
        note.type = "Dropout"
        note.dropout = dropout.rate
      } else if case .masking(let masking) = layer {
        note.type = "Masking"
        note.value = masking.maskValue
      }
      return note
    }
  }
}
