import RaggedCore
