import Ragged

/// A reader that takes bytes from elsewhere, and must come back from any of them.
public enum FuzzTarget: String, CaseIterable, Sendable {
  /// Long tables: CSV and TSV.
  case table
  /// Tables whose rows are sequences, measurements or of one sequence alone.
  case layouts
  /// JSON Lines.
  case jsonl
  /// `.ts` files.
  case ts
  /// `.tsf` files.
  case tsf
  /// ARFF.
  case arff
  /// Tagged tokens: CoNLL and CoNLL-U.
  case tagged
  /// Plain text, and gzip, which any reader takes.
  case text
  /// numpy's archives and arrays.
  case npz
  /// TensorFlow's records.
  case tfrecord
  /// Parquet.
  case parquet
  /// Event logs in XES.
  case xes
  /// Databases of others, read by a query.
  case database
  /// Tables that sequences are joined with.
  case join
  /// Checkpoints.
  case checkpoint
  /// The condition behind `--where`.
  case condition
  /// Store files.
  case store
  /// PyTorch's weights: `.safetensors`.
  case safetensors
  /// Keras' weights: `.npz`.
  case weights

  /// Reads the bytes with everything that reads such a file, and returns normally whatever they are.
  /// - Returns: the law that was broken, nil where all held. A trap or boundless memory cannot be told so.
  public func run(_ bytes: [UInt8]) -> String? {
    do {
      switch self {
      case .layouts: try FuzzedReader(formats: [.csv, .text], hasOtherLayouts: true).run(bytes)
      case .table: try FuzzedReader(formats: [.csv, .tsv]).run(bytes)
      case .jsonl: try FuzzedReader(formats: [.jsonl]).run(bytes)
      case .ts: try FuzzedReader(formats: [.ts]).run(bytes)
      case .tsf: try FuzzedReader(formats: [.tsf]).run(bytes)
      case .arff: try FuzzedReader(formats: [.arff]).run(bytes)
      case .tagged: try FuzzedReader(formats: [.conll, .conllu]).run(bytes)
      case .text: try FuzzedReader(formats: [.text]).run(bytes)
      case .npz: try FuzzedArrays.run(bytes)
      case .tfrecord: try FuzzedRecords.run(bytes)
      case .parquet: try FuzzedReader(formats: [.parquet]).run(bytes)
      case .xes: try FuzzedReader(formats: [.xes]).run(bytes)
      case .database: try FuzzedReader(formats: [.sqlite]).run(bytes)
      case .join: try FuzzedJoin.run(bytes)
      case .checkpoint: try FuzzedCheckpoint.run(bytes)
      case .condition: try FuzzedCondition.run(bytes)
      case .store: try FuzzedStore.run(bytes)
      case .safetensors: try FuzzedWeights(format: .safetensors).run(bytes)
      case .weights: try FuzzedWeights(format: .keras).run(bytes)
      }
      return nil
    } catch let law as BrokenLaw {
      return law.sentence
    } catch {
      return "an error that is none of ours came out: \(error)"
    }
  }
}

/// What should hold and did not.
struct BrokenLaw: Error {
  var sentence: String
}

/// - Throws: ``BrokenLaw`` where the condition is false.
func law(_ holds: Bool, _ sentence: @autoclosure () -> String) throws {
  if !holds { throw BrokenLaw(sentence: sentence()) }
}

/// Runs `body`, from which an error of one of the modules may come, as long as it says something.
/// - Returns: nil after such an error.
@discardableResult
func tolerating<T>(_ body: () throws -> T) throws -> T? {
  do {
    return try body()
  } catch let error as any RaggedError {
    try law(!error.message.isEmpty && error.failureClass != .software, "an error says too little: \(error)")
    return nil
  }
}
